#include "bench/tables/to_json.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */

/* Bytes of the character that starts at c; 0 if none does. What is one is jansson's to say. */
static size_t character_at(const char *c)
{
    for (size_t n = 1; n <= 4 && c[n - 1]; n++) {
        json_t *one = json_stringn(c, n);
        json_decref(one);
        if (one)
            return n;
    }
    return 0;
}

json_t *mw_to_json_text(const char *text)
{
    if (!text)
        return json_null();
    json_t *value = json_string(text);
    if (value)
        return value;
    char *mended = malloc((sizeof replacement - 1) * strlen(text) + 1), *to = mended;
    if (!mended)
        return NULL;
    while (*text) {
        const size_t n = character_at(text), put = n ? n : sizeof replacement - 1;
        memcpy(to, n ? text : replacement, put);
        to += put;
        text += n ? n : 1;
    }
    value = json_stringn(mended, (size_t)(to - mended));
    free(mended);
    return value;
}

json_t *mw_to_json_number(double value)
{
    const double exact = 9007199254740992.0; /* 2^53: up to it every integer is a double */
    if (!isfinite(value))
        return json_null();
    return value == floor(value) && fabs(value) <= exact ? json_integer((json_int_t)value) : json_real(value);
}

json_t *mw_to_json_cell(const char *cell)
{
    if (!cell || !*cell || cell[strspn(cell, "+-.0123456789eE")] != '\0')
        return mw_to_json_text(cell);
    json_t *number = json_loads(cell, JSON_DECODE_ANY, NULL);
    if (!number) /* one of more than 64 bits? */
        number = json_loads(cell, JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL, NULL);
    if (!json_is_real(number))
        return number ? number : mw_to_json_text(cell);
    const double value = json_real_value(number);
    json_decref(number);
    return mw_to_json_number(value);
}

json_t *mw_to_json_table(const mw_csv *csv)
{
    json_t *rows = json_array();
    int lost = 0;
    for (size_t i = 0; i < csv->n_rows; i++) {
        json_t *row = json_object();
        char number[MW_CELL_TEXT_BYTES];
        for (size_t c = 0; c < csv->n_columns; c++) {
            const mw_cell *cell = &mw_csv_cells(csv, i)[c];
            const char *text = cell->kind == MW_CELL_EMPTY ? NULL : mw_cell_text(cell, number);
            lost |= json_object_set_new(row, csv->columns[c], mw_to_json_cell(text));
        }
        lost |= json_array_append_new(rows, row);
    }
    return mw_to_json_whole(rows, lost);
}

json_t *mw_to_json_whole(json_t *value, int lost)
{
    if (!lost)
        return value;
    json_decref(value);
    return NULL;
}

int mw_to_json_write(json_t *value, const char *what, FILE *to, mw_error *err)
{
    if (!value)
        return mw_fail(err, -ENOMEM, "no memory for the JSON of %s", what);
    const int rc = json_dumpf(value, to, JSON_INDENT(2) | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(10));
    json_decref(value);
    if (rc == 0 && putc('\n', to) != EOF)
        return 0;
    return ferror(to) ? mw_fail(err, -EIO, "%s: cannot be written: is the disk full?", what)
                      : mw_fail(err, -ENOMEM, "no memory for the JSON of %s", what);
}

int mw_csv_write_json(const mw_csv *csv, FILE *to, mw_error *err)
{
    const int rc = mw_to_json_write(mw_to_json_table(csv), csv->file, to, err);
    if (rc || !csv->out_of_memory)
        return rc;
    return mw_fail(err, -ENOMEM, "%s: rows were lost: out of memory", csv->file);
}
