#include "bench/tables/csv.h"

#include "bench/tables/json.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define NAME(name) #name,
static const char *const results_columns[] = {MW_RESULTS_COLUMNS(NAME)};
static const char *const tokens_columns[] = {MW_TOKENS_COLUMNS(NAME)};
static const char *const artifact_columns[] = {MW_ARTIFACT_COLUMNS(NAME)};
static const char *const roof_columns[] = {MW_ROOF_COLUMNS(NAME)};
static const char *const blocks_columns[] = {MW_BLOCKS_COLUMNS(NAME)};
static const char *const clu_columns[] = {MW_CLU_COLUMNS(NAME)};
static const char *const ttft_columns[] = {MW_TTFT_COLUMNS(NAME)};
static const char *const claims_columns[] = {MW_CLAIMS_COLUMNS(NAME)};

mw_csv mw_csv_results(void)
{
    return (mw_csv){.file = "results.csv", .columns = results_columns, .n_columns = MW_RESULTS_COUNT};
}

mw_csv mw_csv_tokens(void)
{
    return (mw_csv){.file = "tokens.csv", .columns = tokens_columns, .n_columns = MW_TOKENS_COUNT};
}

mw_csv mw_csv_artifact(void)
{
    return (mw_csv){.file = "benchmark_results.csv", .columns = artifact_columns, .n_columns = MW_ARTIFACT_COUNT};
}

mw_csv mw_csv_roof(void)
{
    return (mw_csv){.file = "roof.csv", .columns = roof_columns, .n_columns = MW_ROOF_COUNT};
}

mw_csv mw_csv_blocks(void)
{
    return (mw_csv){.file = "blocks.csv", .columns = blocks_columns, .n_columns = MW_BLOCKS_COUNT};
}

mw_csv mw_csv_ttft(void)
{
    return (mw_csv){.file = "ttft.csv", .columns = ttft_columns, .n_columns = MW_TTFT_COUNT};
}

mw_csv mw_csv_clu(void)
{
    return (mw_csv){.file = "clu.csv", .columns = clu_columns, .n_columns = MW_CLU_COUNT};
}

mw_csv mw_csv_claims(void)
{
    return (mw_csv){.file = "claims.csv", .columns = claims_columns, .n_columns = MW_CLAIMS_COUNT};
}

void mw_csv_free(mw_csv *csv)
{
    for (size_t i = 0; i < csv->n_rows * csv->n_columns; i++)
        free(csv->cells[i]);
    free(csv->cells);
    csv->cells = NULL;
    csv->n_rows = csv->room = 0;
}

void mw_csv_add(mw_csv *csv, char *const *like)
{
    if (csv->n_rows == csv->room) {
        size_t room = csv->room ? 2 * csv->room : 64;
        char **cells = realloc(csv->cells, room * csv->n_columns * sizeof *cells);
        if (!cells) {
            csv->out_of_memory = true;
            return;
        }
        csv->cells = cells;
        csv->room = room;
    }
    char **row = csv->cells + csv->n_rows++ * csv->n_columns;
    for (size_t i = 0; i < csv->n_columns; i++) {
        row[i] = like && like[i] ? strdup(like[i]) : NULL;
        csv->out_of_memory |= like && like[i] && !row[i];
    }
}

void mw_csv_set(mw_csv *csv, size_t column, const char *format, ...)
{
    if (csv->out_of_memory || csv->n_rows == 0)
        return;
    va_list args;
    va_start(args, format);
    char *text = NULL;
    int n = vasprintf(&text, format, args);
    va_end(args);
    if (n < 0) {
        csv->out_of_memory = true;
        return;
    }
    char **cell = csv->cells + (csv->n_rows - 1) * csv->n_columns + column;
    free(*cell);
    *cell = text;
}

void mw_csv_put(mw_csv *csv, size_t i, size_t column, const char *text)
{
    char *copy = strdup(text);
    if (!copy) {
        csv->out_of_memory = true;
        return;
    }
    char **cell = csv->cells + i * csv->n_columns + column;
    free(*cell);
    *cell = copy;
}

char *const *mw_csv_row(const mw_csv *csv, size_t i)
{
    return csv->cells + i * csv->n_columns;
}

static void write_cell(const char *text, FILE *to)
{
    if (!text)
        return;
    if (!strpbrk(text, ",\"\r\n")) {
        fputs(text, to);
        return;
    }
    putc('"', to);
    for (; *text; text++) {
        if (*text == '"')
            putc('"', to);
        putc(*text, to);
    }
    putc('"', to);
}

static int check(const mw_csv *csv, FILE *to, mw_error *err)
{
    if (csv->out_of_memory)
        return mw_fail(err, -ENOMEM, "%s: rows were lost for want of memory", csv->file);
    if (ferror(to))
        return mw_fail(err, -EIO, "%s: cannot be written: is the disk full?", csv->file);
    return 0;
}

int mw_csv_write(const mw_csv *csv, FILE *to, mw_error *err)
{
    for (size_t c = 0; c < csv->n_columns; c++)
        fprintf(to, "%s%s", c ? "," : "", csv->columns[c]);
    putc('\n', to);
    for (size_t i = 0; i < csv->n_rows; i++)
        for (size_t c = 0; c < csv->n_columns; c++) {
            write_cell(mw_csv_row(csv, i)[c], to);
            putc(c + 1 < csv->n_columns ? ',' : '\n', to);
        }
    return check(csv, to, err);
}

int mw_csv_write_json(const mw_csv *csv, FILE *to, mw_error *err)
{
    mw_json j = mw_json_open(to);
    mw_json_array(&j, NULL);
    for (size_t i = 0; i < csv->n_rows; i++) {
        mw_json_object(&j, NULL);
        for (size_t c = 0; c < csv->n_columns; c++)
            mw_json_value(&j, csv->columns[c], mw_csv_row(csv, i)[c]);
        mw_json_end(&j);
    }
    mw_json_end(&j);
    mw_json_close(&j);
    return check(csv, to, err);
}
