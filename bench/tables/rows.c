#include "bench/tables/rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *text_of(const mw_cell *cell)
{
    return cell->kind == MW_CELL_TEXT ? cell->text : "";
}

static uint64_t whole_of(const mw_cell *cell)
{
    const double number = mw_cell_value(cell);
    return number >= 0 && number < 1e18 ? (uint64_t)number : 0;
}

static int small_of(const mw_cell *cell)
{
    const uint64_t number = whole_of(cell);
    return number < 1 << 30 ? (int)number : 0;
}

mw_row mw_rows_at(const mw_csv *results, size_t i)
{
    const mw_cell *c = mw_csv_cells(results, i);
#define TEXT(column) .column = text_of(&c[MW_RESULTS_##column]),
    return (mw_row){MW_ROW_TEXTS(TEXT).value = mw_cell_value(&c[MW_RESULTS_value]),
                    .low = mw_cell_value(&c[MW_RESULTS_ci_low]),
                    .high = mw_cell_value(&c[MW_RESULTS_ci_high]),
                    .n = whole_of(&c[MW_RESULTS_n]),
                    .threads = small_of(&c[MW_RESULTS_threads]),
                    .rep = small_of(&c[MW_RESULTS_rep]),
                    .index = i,
                    .next = i + 1};
}

/* --- params: "key=value" pairs between semicolons --- */

/* The pair after `pair`; NULL after the last one. */
static const char *next_pair(const char *pair)
{
    pair += strcspn(pair, ";");
    return *pair ? pair + 1 : NULL;
}

/* The value of a key, up to the next ';'; NULL if `param` has none. */
static const char *find_value(const char *param, const char *key, size_t n)
{
    for (const char *p = param; p; p = next_pair(p))
        if (strncmp(p, key, n) == 0 && p[n] == '=')
            return p + n + 1;
    return NULL;
}

bool mw_param_has(const char *param, const char *pairs)
{
    for (const char *pair = pairs; pair && *pair; pair = next_pair(pair)) {
        const size_t n = strcspn(pair, ";");
        const char *p = param;
        while (p && !(strcspn(p, ";") == n && strncmp(p, pair, n) == 0))
            p = next_pair(p);
        if (!p)
            return false;
    }
    return true;
}

double mw_param_number(const char *param, const char *key)
{
    const char *value = find_value(param, key, strlen(key));
    return value ? strtod(value, NULL) : NAN;
}

bool mw_param_copy(const char *param, const char *key, char *to, size_t size)
{
    const char *value = find_value(param, key, strlen(key));
    const size_t n = value ? strcspn(value, ";") : 0;
    const bool fits = value && n < size;
    memcpy(to, value ? value : "", fits ? n : 0);
    to[fits ? n : 0] = '\0';
    return fits;
}

/* --- the query --- */

static bool fits(const mw_cell *cell, const char *wanted)
{
    return !wanted || strcmp(text_of(cell), wanted) == 0;
}

static bool lets_through(const mw_filter *f, const mw_cell *c)
{
    if (!fits(&c[MW_RESULTS_metric], f->metric) || !fits(&c[MW_RESULTS_variant], f->variant) ||
        !fits(&c[MW_RESULTS_phase], f->phase) || !fits(&c[MW_RESULTS_suite], f->suite) ||
        !fits(&c[MW_RESULTS_kernel], f->kernel) || !fits(&c[MW_RESULTS_model], f->model) ||
        !fits(&c[MW_RESULTS_run_id], f->run_id))
        return false;
    if (f->of != MW_OF_BOTH && (c[MW_RESULTS_rep].kind == MW_CELL_EMPTY) != (f->of == MW_OF_RUN))
        return false;
    return (!f->threads || small_of(&c[MW_RESULTS_threads]) == f->threads) &&
           (!f->rep || small_of(&c[MW_RESULTS_rep]) == f->rep) &&
           (!f->known || isfinite(mw_cell_value(&c[MW_RESULTS_value]))) &&
           mw_param_has(text_of(&c[MW_RESULTS_param]), f->param);
}

bool mw_rows_next(const mw_csv *results, const mw_filter *filter, mw_row *row)
{
    for (size_t i = row->next; i < results->n_rows; i++)
        if (lets_through(filter, mw_csv_cells(results, i))) {
            *row = mw_rows_at(results, i);
            return true;
        }
    return false;
}

bool mw_rows_find(const mw_csv *results, const mw_filter *filter, mw_row *row)
{
    static const mw_cell nothing[MW_RESULTS_COUNT];
    static const mw_csv none = {.n_columns = MW_RESULTS_COUNT, .cells = (mw_cell *)(uintptr_t)nothing};
    row->next = 0;
    if (mw_rows_next(results, filter, row))
        return true;
    *row = mw_rows_at(&none, 0);
    return false;
}

double mw_rows_value(const mw_csv *results, const mw_filter *filter)
{
    mw_row row;
    mw_rows_find(results, filter, &row);
    return row.value;
}

size_t mw_rows_count(const mw_csv *results, const mw_filter *filter)
{
    size_t n = 0;
    for (mw_row row = {0}; mw_rows_next(results, filter, &row);)
        n++;
    return n;
}

mw_filter mw_rows_like(const mw_row *row, const char *metric)
{
    return (mw_filter){.run_id = row->run_id,
                       .model = row->model,
                       .variant = row->variant,
                       .threads = row->threads,
                       .param = row->param,
                       .metric = metric};
}

double mw_row_half_width(const mw_row *row)
{
    return 50 * (row->high - row->low) / row->value;
}

/* --- rows in order --- */

/* Rows without a value come last, whatever the order. */
static int compare(const mw_row *a, const mw_row *b, int sign)
{
    const int unknown = !!isnan(a->value) - !!isnan(b->value), order = (a->value > b->value) - (a->value < b->value);
    return unknown ? unknown : order ? sign * order : (a->index > b->index) - (a->index < b->index);
}

static int rising(const void *a, const void *b)
{
    return compare(a, b, 1);
}

static int falling(const void *a, const void *b)
{
    return compare(a, b, -1);
}

mw_row *mw_rows_sorted(const mw_csv *results, const mw_filter *filter, mw_order order, size_t *n)
{
    const size_t most = mw_rows_count(results, filter);
    mw_row *rows = malloc((most + 1) * sizeof *rows);
    *n = 0;
    for (mw_row row = {0}; rows && mw_rows_next(results, filter, &row);)
        rows[(*n)++] = row;
    if (rows && order != MW_AS_RECORDED)
        qsort(rows, *n, sizeof *rows, order == MW_RISING ? rising : falling);
    return rows;
}
