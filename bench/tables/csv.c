#include "bench/tables/csv.h"

#include "platform/os.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COLUMN(name) #name,
#define TABLE(name, NAME, file_name) \
    mw_csv mw_csv_##name(void) \
    { \
        static const char *const columns[] = {MW_##NAME##_COLUMNS(COLUMN)}; \
        return (mw_csv){.file = file_name, .columns = columns, .n_columns = MW_##NAME##_COUNT}; \
    }
TABLE(results, RESULTS, "results.csv")
TABLE(tokens, TOKENS, "tokens.csv")
TABLE(artifact, ARTIFACT, "benchmark_results.csv")
TABLE(roof, ROOF, "roof.csv")
TABLE(blocks, BLOCKS, "blocks.csv")
TABLE(ttft, TTFT, "ttft.csv")
TABLE(clu, CLU, "clu.csv")
TABLE(claims, CLAIMS, "claims.csv")
TABLE(findings, FINDINGS, "findings.csv")
TABLE(index, INDEX, "index.csv")

/* --- cells --- */

mw_cell mw_text(const char *text)
{
    return text ? (mw_cell){.kind = MW_CELL_TEXT, .text = text} : (mw_cell){MW_CELL_EMPTY};
}

mw_cell mw_real(double number)
{
    return mw_fixed(number, -1);
}

mw_cell mw_fixed(double number, int digits)
{
    return isfinite(number) ? (mw_cell){.kind = MW_CELL_NUMBER, .digits = digits, .number = number}
                            : (mw_cell){MW_CELL_EMPTY};
}

mw_cell mw_whole(int64_t number)
{
    return number == MW_UNKNOWN ? (mw_cell){MW_CELL_EMPTY} : mw_fixed((double)number, 0);
}

double mw_cell_value(const mw_cell *cell)
{
    if (cell->kind != MW_CELL_TEXT || !*cell->text)
        return cell->kind == MW_CELL_NUMBER ? cell->number : NAN;
    char *end;
    const double number = strtod(cell->text, &end);
    return *end ? NAN : number;
}

const char *mw_cell_text(const mw_cell *cell, char to[MW_CELL_TEXT_BYTES])
{
    if (cell->kind != MW_CELL_NUMBER)
        return cell->kind == MW_CELL_TEXT ? cell->text : "";
    const bool fits = cell->digits >= 0 && fabs(cell->number) < 1e18;
    snprintf(to, MW_CELL_TEXT_BYTES, fits ? "%.*f" : "%.*g", fits ? cell->digits : 7, cell->number);
    return to;
}

/* --- rows --- */

void mw_csv_free(mw_csv *csv)
{
    for (size_t i = 0; i < csv->n_rows * csv->n_columns; i++)
        free((char *)(uintptr_t)csv->cells[i].text);
    free(csv->cells);
    csv->cells = NULL;
    csv->n_rows = csv->room = 0;
}

void mw_csv_replace(mw_csv *csv, size_t i, size_t column, mw_cell cell)
{
    mw_cell *to = csv->cells + i * csv->n_columns + column;
    char *copy = cell.kind == MW_CELL_TEXT ? strdup(cell.text) : NULL;
    const bool lost = cell.kind == MW_CELL_TEXT && !copy;
    free((char *)(uintptr_t)to->text);
    *to = lost ? (mw_cell){MW_CELL_EMPTY} : cell;
    to->text = copy;
    csv->out_of_memory |= lost;
}

void mw_csv_append(mw_csv *csv, const mw_cell *row)
{
    if (csv->n_rows == csv->room) {
        const size_t room = csv->room ? 2 * csv->room : 64;
        mw_cell *cells = realloc(csv->cells, room * csv->n_columns * sizeof *cells);
        if (!cells) {
            csv->out_of_memory = true;
            return;
        }
        csv->cells = cells;
        csv->room = room;
    }
    const size_t i = csv->n_rows++;
    memset(csv->cells + i * csv->n_columns, 0, csv->n_columns * sizeof *csv->cells);
    for (size_t c = 0; row && c < csv->n_columns; c++)
        mw_csv_replace(csv, i, c, row[c]);
}

const mw_cell *mw_csv_cells(const mw_csv *csv, size_t i)
{
    return csv->cells + i * csv->n_columns;
}

static bool has(const mw_cell *cell, const mw_key *key)
{
    char text[MW_CELL_TEXT_BYTES];
    if (key->text)
        return strcmp(mw_cell_text(cell, text), key->text) == 0;
    return key->number ? mw_cell_value(cell) == key->number : cell->kind == MW_CELL_EMPTY;
}

size_t mw_csv_numbers(const mw_csv *csv, size_t column, const mw_key *keys, double *x)
{
    size_t n = 0;
    for (size_t i = 0; i < csv->n_rows; i++) {
        const mw_cell *row = mw_csv_cells(csv, i);
        const mw_key *k = keys;
        while (k->column && has(&row[k->column], k))
            k++;
        const double value = mw_cell_value(&row[column]);
        if (!k->column && !isnan(value))
            x[n++] = value;
    }
    return n;
}

/* --- writing --- */

static void write_cell(const char *text, FILE *to)
{
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

int mw_csv_write_rows(const mw_csv *csv, FILE *to, mw_error *err)
{
    char number[MW_CELL_TEXT_BYTES];
    for (size_t i = 0; i < csv->n_rows; i++)
        for (size_t c = 0; c < csv->n_columns; c++) {
            write_cell(mw_cell_text(&mw_csv_cells(csv, i)[c], number), to);
            putc(c + 1 < csv->n_columns ? ',' : '\n', to);
        }
    if (csv->out_of_memory)
        return mw_fail(err, -ENOMEM, "%s: rows were lost: out of memory", csv->file);
    return ferror(to) ? mw_fail(err, -EIO, "%s: cannot be written: is the disk full?", csv->file) : 0;
}

int mw_csv_write(const mw_csv *csv, FILE *to, mw_error *err)
{
    for (size_t c = 0; c < csv->n_columns; c++)
        fprintf(to, "%s%s", c ? "," : "", csv->columns[c]);
    putc('\n', to);
    return mw_csv_write_rows(csv, to, err);
}
