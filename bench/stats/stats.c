/* What describes a set of values. Distributions, intervals and kinds of noise have files of their own. */
#include "bench/stats/stats.h"

#include <math.h>
#include <stdlib.h>

double mw_mean(const double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return n ? sum / (double)n : 0;
}

double mw_stddev(const double *x, size_t n)
{
    if (n < 2)
        return NAN;
    const double mean = mw_mean(x, n);
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (x[i] - mean) * (x[i] - mean);
    return sqrt(sum / (double)(n - 1));
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void mw_sort(double *x, size_t n)
{
    qsort(x, n, sizeof *x, ascending);
}

double mw_percentile(const double *sorted, size_t n, double p)
{
    double at = p * (double)(n - 1);
    size_t i = (size_t)at;
    if (i + 1 >= n)
        return sorted[n - 1];
    return sorted[i] + (at - (double)i) * (sorted[i + 1] - sorted[i]);
}

double mw_process_log_ratio(double *logs, size_t n)
{
    mw_sort(logs, n);
    return mw_percentile(logs, n, 0.5);
}
