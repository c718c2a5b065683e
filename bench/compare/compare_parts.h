/* What compare.c, compare_series.c and compare_print.c share; nobody else includes this. */
#ifndef MW_BENCH_COMPARE_PARTS_H
#define MW_BENCH_COMPARE_PARTS_H

#include "bench/compare/compare.h"
#include "bench/tables/csv.h"

enum { MW_OLD, MW_NEW, MW_SIDES };

/* The comparison as a table: a row per suite, phase, variant, thread count, metric and param that both runs have.
 * `change` is in per cent of `old` for positive metrics, else a difference in the metric's unit. `n_old` and `n_new`
 * count processes; 0: the value is that of a summary row. An empty `verdict`: the metric is not judged. */
/* clang-format off */
#define MW_COMPARE_COLUMNS(X) \
    X(suite) X(phase) X(variant) X(threads) X(metric) X(param) X(old) X(new) X(unit) X(change) X(ci_low) X(ci_high) \
    X(change_unit) X(n_old) X(n_new) X(verdict)
/* clang-format on */
#define MW_COLUMN_COMPARE(name) MW_COMPARE_##name,
enum { MW_COMPARE_COLUMNS(MW_COLUMN_COMPARE) MW_COMPARE_COUNT };

typedef struct mw_comparison {
    const char *path[MW_SIDES];
    mw_csv run[MW_SIDES]; /* of results.csv */
    mw_csv table;
    size_t judged, worse;   /* rows with an interval and a verdict; those that are slower or worse */
    size_t alone[MW_SIDES]; /* what only one run has */
    bool machine_moved;     /* a roof is not what it was */
    char notes[16][320];
    int n_notes;
} mw_comparison;

/* Fills table and counts from the two runs. -EINVAL for a value that is none, or if there is nothing that both runs
 * have; -ENOMEM. */
int mw_compare_series(mw_comparison *c, mw_error *err);

/* Prints all of it. -ENOMEM or -EIO. */
int mw_compare_print(const mw_comparison *c, mw_format format, FILE *to, mw_error *err);

#endif
