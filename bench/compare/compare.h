/* bench --compare: what changed between two runs, OLD and NEW; and how machines, or more runs than two, differ. */
#ifndef MW_BENCH_COMPARE_H
#define MW_BENCH_COMPARE_H

#include "bench/tables/page.h"

/* Compares two results.csv (or the folders that hold them) and prints a table: for every suite, phase, variant, thread
 * count, metric and param that both have, the change in per cent (of metrics that can be 0: the difference), its 95 %
 * interval over processes, and a verdict: faster or slower for rates and times, better or worse for all else, or no
 * evidence. Roofs are listed without one. Each file has to be of one machine, model and kind of timings, or it is
 * -EINVAL. -EXDEV if these differ between the files and `force` is false, or if the schemas do; -EDOM (after the
 * table) if anything got slower or worse; -EIO if `to` cannot be written; -ENOMEM; else what is wrong with a file. */
int mw_compare(const char *old_path, const char *new_path, bool force, mw_format format, FILE *to, mw_error *err);

/* Whether these operands of --compare are OLD and NEW: two results.csv or folders with one. Everything else is for
 * mw_compare_many. */
bool mw_compare_is_two(char *const *paths, int n);

/* Compares any number of result folders, and of sets and other folders that hold such, by the roof fraction and the
 * tokens/s of their processes. A column is a run; with a set among the paths it is a machine (host and CPU), whose runs
 * are taken together. Prints a table of values, and which differences are beyond chance when all are looked at. -EINVAL
 * or what is wrong with a folder; -EIO if `to` cannot be written; -ENOMEM. */
int mw_compare_many(char *const *paths, int n, mw_format format, FILE *to, mw_error *err);

/* --- what compare.c and compare_print.c share --- */

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

enum { MW_OLD, MW_NEW, MW_SIDES };

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

/* Prints all of it. -ENOMEM or -EIO. */
int mw_compare_print(const mw_comparison *c, mw_format format, FILE *to, mw_error *err);

#endif
