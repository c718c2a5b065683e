/* Rows of tables as texts, for tests that make up tables or look at single cells. */
#ifndef TESTS_CSV_TEXTS_H
#define TESTS_CSV_TEXTS_H

#include "bench/tables/rows.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { TEXTS_ROWS = 64, TEXTS_COLUMNS = 32, TEXTS_BYTES = 2048 };

/* The cells of row `i`, NULL for empty ones; valid until as many rows as TEXTS_ROWS were asked for after it. */
static inline char *const *mw_csv_row(const mw_csv *csv, size_t i)
{
    static char texts[TEXTS_ROWS][TEXTS_COLUMNS][TEXTS_BYTES], *rows[TEXTS_ROWS][TEXTS_COLUMNS];
    static int next;
    const int at = next++ % TEXTS_ROWS;
    char number[MW_CELL_TEXT_BYTES];
    for (size_t c = 0; c < csv->n_columns && c < TEXTS_COLUMNS; c++) {
        const mw_cell *cell = &mw_csv_cells(csv, i)[c];
        snprintf(texts[at][c], TEXTS_BYTES, "%s", mw_cell_text(cell, number));
        rows[at][c] = cell->kind == MW_CELL_EMPTY ? NULL : texts[at][c];
    }
    return rows[at];
}

/* Starts a row: a copy of the texts `like`, or an empty one. */
static inline void mw_csv_add(mw_csv *csv, char *const *like)
{
    mw_csv_append(csv, NULL);
    for (size_t c = 0; like && c < csv->n_columns; c++)
        mw_csv_replace(csv, csv->n_rows - 1, c, mw_text(like[c]));
}

/* Sets a cell of the last row. */
__attribute__((format(printf, 3, 4))) static inline void mw_csv_set(mw_csv *csv, size_t column, const char *format, ...)
{
    char text[TEXTS_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    mw_csv_replace(csv, csv->n_rows - 1, column, mw_text(text));
}

/* The number in a cell; NAN if it is empty. */
static inline double mw_cell_number(const char *cell)
{
    return cell && *cell ? strtod(cell, NULL) : NAN;
}

#endif
