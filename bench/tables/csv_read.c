#include "bench/tables/csv.h"

#include "platform/os.h"
#include "platform/text.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MOST_COLUMNS = 1024, MOST_CELL_BYTES = 1 << 20, MOST_FILE_BYTES = 1 << 30 };

/* What of the file is still to be read. `end` points after its last byte, where there is room for one more. */
typedef struct reader {
    const char *path;
    char *at, *end;
    size_t line;
} reader;

static int wrong(const reader *r, const char *what, mw_error *err)
{
    return mw_fail(err, -EINVAL, "%s: line %zu: %s; was the file damaged?", r->path, r->line, what);
}

/* Takes the quotes off a cell, in place: the text gets shorter, never longer. r->at is after its opening quote and
 * ends up after the closing one. `*stop` is where the text ends. */
static int quoted(reader *r, char **stop, mw_error *err)
{
    const size_t first_line = r->line;
    char *to = r->at;
    for (; r->at < r->end; r->at++) {
        if (*r->at == '"' && (r->at + 1 == r->end || r->at[1] != '"')) {
            r->at++;
            *stop = to;
            return 0;
        }
        if (*r->at == '\0')
            return wrong(r, "a NUL byte", err);
        r->at += *r->at == '"';
        r->line += *r->at == '\n';
        *to++ = *r->at;
    }
    r->line = first_line;
    return wrong(r, "a quoted cell that never ends", err);
}

static int unquoted(reader *r, char **stop, mw_error *err)
{
    for (; r->at < r->end && !strchr(",\r\n", *r->at); r->at++) /* finds NUL as well */
        if (*r->at == '"')
            return wrong(r, "a quotation mark inside an unquoted cell", err);
    *stop = r->at;
    return 0;
}

/* Reads one cell and what separates it from the next; whether it was the last one of its row. */
static int read_cell(reader *r, char **text, bool *last, mw_error *err)
{
    const bool quotes = r->at < r->end && *r->at == '"';
    r->at += quotes;
    char *stop = *text = r->at;
    const int rc = quotes ? quoted(r, &stop, err) : unquoted(r, &stop, err);
    if (rc)
        return rc;
    if (stop - *text > MOST_CELL_BYTES)
        return wrong(r, "a cell of more than 1 MiB", err);
    *last = r->at == r->end || *r->at != ',';
    if (r->at < r->end && *r->at == '\r' && r->at + 1 < r->end && r->at[1] == '\n')
        r->at++;
    if (r->at < r->end && *r->at != ',' && *r->at != '\n')
        return wrong(r,
                     *r->at == '\0'   ? "a NUL byte"
                     : *r->at == '\r' ? "a carriage return that ends no line"
                                      : "text after a closing quotation mark",
                     err);
    r->line += r->at < r->end && *r->at == '\n';
    r->at += r->at < r->end;
    *stop = '\0';
    return 0;
}

/* map[i]: the table's column for the i-th one of the file, or -1. */
static int read_header(reader *r, const mw_csv *csv, int *map, size_t *n, mw_error *err)
{
    bool last = r->at == r->end, found[MOST_COLUMNS] = {false};
    if (last)
        return mw_fail(err, -EINVAL, "%s: is empty; a table starts with the names of its columns", r->path);
    for (*n = 0; !last; (*n)++) {
        char *name;
        int rc = *n < MOST_COLUMNS ? read_cell(r, &name, &last, err) : wrong(r, "more than 1024 columns", err);
        if (rc)
            return rc;
        map[*n] = -1;
        for (size_t c = 0; c < csv->n_columns; c++)
            if (strcmp(name, csv->columns[c]) == 0) {
                if (found[c])
                    return mw_fail(err, -EINVAL, "%s: line 1: column %s occurs twice", r->path, csv->columns[c]);
                found[c] = true;
                map[*n] = (int)c;
            }
    }
    for (size_t c = 0; c < csv->n_columns; c++)
        if (!found[c])
            return mw_fail(err, -EINVAL, "%s: line 1: no column %s; is this a %s?", r->path, csv->columns[c],
                           csv->file);
    return 0;
}

static int read_row(reader *r, mw_csv *csv, const int *map, size_t n, mw_error *err)
{
    const reader start = *r;
    bool last = false;
    size_t i = 0;
    mw_csv_append(csv, NULL);
    for (; !last && !csv->out_of_memory; i++) {
        char *text;
        int rc = read_cell(r, &text, &last, err);
        if (rc)
            return rc;
        if (i < n && map[i] >= 0 && *text)
            mw_csv_replace(csv, csv->n_rows - 1, (size_t)map[i], mw_text(text));
    }
    if (i != n)
        return mw_fail(err, -EINVAL, "%s: line %zu: %zu cells where the header has %zu; was the file damaged?", r->path,
                       start.line, i, n);
    if (csv->out_of_memory)
        return mw_fail(err, -ENOMEM, "%s: no memory for its rows", r->path);
    return 0;
}

int mw_csv_read(const char *path, mw_csv *csv, mw_error *err)
{
    mw_file file;
    int rc = mw_file_open(path, &file, err);
    if (rc)
        return rc;
    char *text = NULL;
    if (file.bytes > MOST_FILE_BYTES)
        rc = mw_fail(err, -EFBIG, "%s: more than 1 GiB, which no run writes", path);
    else if (!(text = malloc((size_t)file.bytes + 1)))
        rc = mw_fail(err, -ENOMEM, "%s: no memory for its %llu bytes", path, (unsigned long long)file.bytes);
    else
        rc = mw_file_read(&file, 0, text, (size_t)file.bytes, err);
    int map[MOST_COLUMNS];
    size_t n = 0;
    reader r = {path, text, text ? text + file.bytes : NULL, 1};
    if (!rc)
        rc = read_header(&r, csv, map, &n, err);
    while (!rc && r.at < r.end)
        rc = read_row(&r, csv, map, n, err);
    free(text);
    mw_file_close(&file);
    return rc;
}

/* --- result folders --- */

static void read_command(const char *folder, char *command, size_t size)
{
    char path[1200];
    snprintf(path, sizeof path, "%s/command.txt", folder);
    FILE *f = fopen(path, "r");
    if (f && fgets(command, (int)size, f)) {
        command[strcspn(command, "\n")] = '\0';
        mw_text_copy(command, size, command);
        char *name = command + strcspn(command, " ");
        while (name > command && name[-1] != '/')
            name--;
        memmove(command, name, strlen(name) + 1);
    }
    if (f)
        fclose(f);
}

/* Names from a file get printed: nothing in them may command the terminal. */
static void make_printable(mw_csv *csv, size_t first_row)
{
    for (size_t i = first_row * csv->n_columns; i < csv->n_rows * csv->n_columns; i++) {
        char *text = (char *)(uintptr_t)csv->cells[i].text;
        if (text)
            mw_text_copy(text, strlen(text) + 1, text);
    }
}

int mw_folder_read(const char *path, mw_csv *results, char *command, size_t size, mw_error *err)
{
    struct stat st;
    char inside[1200];
    const bool is_folder = stat(path, &st) == 0 && S_ISDIR(st.st_mode);
    if (command)
        *command = '\0';
    if (snprintf(inside, sizeof inside, "%s%s", path, is_folder ? "/results.csv" : "") >= (int)sizeof inside)
        return mw_fail(err, -ENAMETOOLONG, "%.200s...: the path is too long", path);
    const size_t first = results->n_rows;
    const int rc = mw_csv_read(inside, results, err);
    make_printable(results, first);
    if (!rc && is_folder && command)
        read_command(path, command, size);
    return rc;
}
