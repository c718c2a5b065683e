/* What compare.c, compare_series.c and compare_print.c share; nobody else includes this. */
#ifndef MW_BENCH_COMPARE_PARTS_H
#define MW_BENCH_COMPARE_PARTS_H

#include "bench/compare/compare.h"
#include "bench/stats/stats.h"
#include "bench/tables/csv.h"
#include "bench/tables/metrics.h"

enum { MW_OLD, MW_NEW, MW_SIDES };

/* One line of the comparison: a suite, phase, variant, thread count, metric and param that both files have. */
typedef struct mw_change {
    const mw_metric *metric;
    char *const *row;       /* a row of results.csv with the names */
    double value[MW_SIDES]; /* mean over processes; for positive metrics the geometric one */
    size_t n[MW_SIDES];     /* processes; 0: the value is that of a summary row */
    double change;          /* per cent for positive metrics, else a difference in the metric's unit */
    mw_interval ci;         /* of it; NAN with fewer than 2 processes on a side */
    const char *verdict;    /* NULL: the metric is not judged */
} mw_change;

typedef struct mw_comparison {
    mw_csv table[MW_SIDES];
    const char *path[MW_SIDES];
    mw_change *changes;
    size_t n_changes, judged, slower;
    size_t alone[MW_SIDES]; /* what only one file has */
    bool machine_moved;     /* a roof is not what it was */
    char notes[16][320];
    int n_notes;
} mw_comparison;

/* Adds a sentence to the notes. */
__attribute__((format(printf, 2, 3))) void mw_compare_note(mw_comparison *c, const char *format, ...);

/* Fills changes[] and the counts from the two tables. -EINVAL for a value that is none, or if there is nothing that
 * both files have; -ENOMEM. */
int mw_compare_series(mw_comparison *c, mw_error *err);

/* Prints all of it. -ENOMEM or -EIO. */
int mw_compare_print(const mw_comparison *c, mw_format format, FILE *to, mw_error *err);

#endif
