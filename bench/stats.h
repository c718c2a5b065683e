/* Statistics over latencies of one process. */
#ifndef MW_BENCH_STATS_H
#define MW_BENCH_STATS_H

#include <stddef.h>

double mw_mean(const double *x, size_t n);

/* Sorts ascending, for mw_percentile. */
void mw_sort(double *x, size_t n);

/* The value below which a share `p` (0 to 1) of sorted[n] lies, linearly interpolated between neighbours (definition 7
 * of Hyndman and Fan, "Sample quantiles in statistical packages", 1996: what numpy and R take). n >= 1. */
double mw_percentile(const double *sorted, size_t n, double p);

#endif
