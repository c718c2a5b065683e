/* Rows of results.csv as values, and the one query over them. Whoever reads results reads them here. */
#ifndef MW_BENCH_ROWS_H
#define MW_BENCH_ROWS_H

#include "bench/tables/csv.h"

/* clang-format off */
#define MW_ROW_TEXTS(X) \
    X(run_id) X(cpu) X(arch) X(os) X(model) X(dtype) X(variant) X(kernel) X(layout) X(load) X(isa) X(suite) X(phase) \
    X(metric) X(unit) X(provenance) X(note) X(commit) X(param)
#define MW_ROW_TEXT(column) const char *column;
/* clang-format on */

/* One row. Texts are "" where the cell is empty, `threads`, `rep` and `n` are 0, and numbers are NAN. The texts belong
 * to the table and are valid until it is freed or the cell is replaced. */
typedef struct mw_row {
    MW_ROW_TEXTS(MW_ROW_TEXT)
    double value, low, high; /* with the ends of its interval */
    uint64_t n;
    int threads, rep;
    size_t index; /* in the table */
    size_t next;  /* where mw_rows_next goes on; 0 in a new mw_row */
} mw_row;

typedef enum mw_rows_of {
    MW_OF_RUN,       /* summary rows, which have no `rep` */
    MW_OF_PROCESSES, /* rows of single processes */
    MW_OF_BOTH
} mw_rows_of;

/* What a row has to be. A member that is NULL, 0 or false asks for nothing. */
typedef struct mw_filter {
    mw_rows_of of;
    const char *run_id, *model, *variant, *kernel, *suite, *phase, *metric;
    const char *param; /* "key=value;key=value": pairs that its param holds, whatever else it holds */
    int threads, rep;
    bool known; /* its value is a number */
} mw_filter;

/* Goes to the next row that the filter lets through: for (mw_row r = {0}; mw_rows_next(t, &f, &r);). */
bool mw_rows_next(const mw_csv *results, const mw_filter *filter, mw_row *row);

/* The first such row. Without one: false, and *row has empty texts and numbers that are NAN. */
bool mw_rows_find(const mw_csv *results, const mw_filter *filter, mw_row *row);

/* The value of the first such row; NAN without one. */
double mw_rows_value(const mw_csv *results, const mw_filter *filter);

/* How many there are. */
size_t mw_rows_count(const mw_csv *results, const mw_filter *filter);

/* Row `i` of the table. */
mw_row mw_rows_at(const mw_csv *results, size_t i);

/* A filter for the summary rows of `row`'s run, model, variant, threads and param with another metric. */
mw_filter mw_rows_like(const mw_row *row, const char *metric);

typedef enum mw_order { MW_AS_RECORDED, MW_FALLING, MW_RISING } mw_order;

/* The rows that a filter lets through, in that order; rows without a value come last. Freed by the caller; NULL without
 * memory, with *n = 0. */
mw_row *mw_rows_sorted(const mw_csv *results, const mw_filter *filter, mw_order order, size_t *n);

/* The number of pair "key=number" in a param; NAN without that pair. */
double mw_param_number(const char *param, const char *key);

/* The value of pair "key=value" copied to to[size]; false, and "", without that pair or if it is too long. */
bool mw_param_copy(const char *param, const char *key, char *to, size_t size);

/* Whether `param` holds all pairs of `pairs`. */
bool mw_param_has(const char *param, const char *pairs);

/* Half the interval in per cent of the value; NAN without an interval. */
double mw_row_half_width(const mw_row *row);

/* --- the metrics: one list, which decides how repetitions are summed up and what `--compare` makes of them --- */

typedef enum mw_better { MW_MORE_IS_BETTER, MW_LESS_IS_BETTER, MW_NEITHER } mw_better;

typedef struct mw_metric {
    const char *name, *unit;
    mw_better better;
    bool positive; /* a ratio scale: summed up by the geometric mean, compared as ratios; else as it is */
} mw_metric;

/* NULL for an unknown name. */
const mw_metric *mw_metric_find(const char *name);

/* What a change of this metric is called: rates and times get "faster" or "slower", all others "better" or "worse". */
const char *mw_metric_verdict(const mw_metric *metric, bool better);

/* All of them, a NULL name at the end. The order is that of tables: what matters most comes first. */
extern const mw_metric mw_metrics[];

#endif
