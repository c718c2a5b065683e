/* bench --compare OLD NEW: what changed between two runs. */
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

#endif
