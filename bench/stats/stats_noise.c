/* Drift and modes: what a mean and its interval cannot tell about a series. */
#include "bench/stats/stats.h"

#include <math.h>
#include <stdlib.h>

static double smaller_magnitude(double a, double b)
{
    return fmin(fabs(a), fabs(b));
}

enum { LEAST = 40 }; /* values; of fewer that hang together, thirds and groups differ by chance */

/* --- drift --- */

enum { MOST_GROUPS = 240 };
static const double drift_z = 3; /* of a normal distribution, both tails: 0.3 % */

/* Means of groups of equal size, of which there are at most MOST_GROUPS; the last few values may be left over. */
static size_t in_groups(const double *x, size_t n, double *groups)
{
    const size_t each = (n + MOST_GROUPS - 1) / MOST_GROUPS, count = n / each;
    for (size_t i = 0; i < count; i++)
        groups[i] = mw_mean(x + i * each, each);
    return count;
}

static double median_of(const double *x, size_t n)
{
    double sorted[MOST_GROUPS];
    for (size_t i = 0; i < n; i++)
        sorted[i] = x[i];
    mw_sort(sorted, n);
    return mw_percentile(sorted, n, 0.5);
}

/* Autocorrelation of neighbours once a parabola has been taken out, so that the drift itself does not pass for it. What
 * is left of x is then more restless than the noise was: three fitted parameters lower the estimate by about (3 + 5
 * rho) / n, which is given back. */
static double autocorrelation(const double *x, size_t n)
{
    const double middle = (double)(n - 1) / 2, mean = mw_mean(x, n), square = (double)(n * n - 1) / 12;
    double up = 0, up2 = 0, bend = 0, bend2 = 0;
    for (size_t i = 0; i < n; i++) {
        const double t = (double)i - middle, p = t * t - square; /* 1, t and p are orthogonal */
        up += t * x[i], up2 += t * t;
        bend += p * x[i], bend2 += p * p;
    }
    double last = 0, products = 0, squares = 0, before = 0;
    for (size_t i = 0; i < n; i++) {
        const double t = (double)i - middle, p = t * t - square;
        const double rest = x[i] - mean - up / up2 * t - bend / bend2 * p;
        products += rest * last;
        squares += rest * rest;
        before += (x[i] - mean) * (x[i] - mean);
        last = rest;
    }
    /* what rounding leaves of a perfect parabola is no noise */
    const double r = squares > 1e-20 * before ? products / squares : 0, count = (double)n;
    return fmin(fmax((count * r + 3) / (count - 5), 0), 0.99);
}

/* Mann-Kendall: pairs in which the later value is the higher one, less the others, in units of its standard deviation
 * without a trend. Values that depend on their neighbours are worth fewer: for a first-order autoregression the
 * variance grows by (1 + rho) / (1 - rho). Ties only make the result smaller. */
static double mann_kendall(const double *x, size_t n)
{
    long score = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++)
            score += (x[j] > x[i]) - (x[j] < x[i]);
    const double rho = autocorrelation(x, n), count = (double)n;
    const double variance = count * (count - 1) * (2 * count + 5) / 18 * (1 + rho) / (1 - rho);
    return (double)score / sqrt(variance);
}

mw_drift mw_drift_of(const double *x, size_t n)
{
    mw_drift drift = {.from = NAN, .to = NAN};
    if (n < LEAST)
        return drift;
    double groups[MOST_GROUPS] = {0};
    const size_t count = in_groups(x, n, groups), third = count / 3;
    drift.from = median_of(groups, third);
    drift.to = median_of(groups + count - third, third);
    const double change = drift.to - drift.from, z = mann_kendall(groups, count);
    drift.found = fabs(change) > 0.05 * smaller_magnitude(drift.from, drift.to) && fabs(z) > drift_z && z * change > 0;
    return drift;
}

/* --- modes --- */

mw_modes mw_modes_of(const double *x, size_t n)
{
    mw_modes modes = {.low = NAN, .high = NAN, .share_high = NAN};
    double *sorted = n >= LEAST ? malloc(n * sizeof *sorted) : NULL;
    if (!sorted)
        return modes;
    for (size_t i = 0; i < n; i++)
        sorted[i] = x[i];
    mw_sort(sorted, n);
    const double mean = mw_mean(x, n);
    double low_sum = 0, best = -1; /* sums of differences from the mean, so that few digits are lost */
    size_t split = 0;
    for (size_t low = 1; low < n; low++) {
        low_sum += sorted[low - 1] - mean;
        const size_t high = n - low;
        const double apart = low_sum / (double)low + low_sum / (double)high;
        const double between = (double)low * (double)high * apart * apart;
        if (10 * low >= n && 10 * high >= n && between > best)
            best = between, split = low;
    }
    const double *above = sorted + split;
    const double low = mw_mean(sorted, split), high = mw_mean(above, n - split);
    const double s1 = mw_stddev(sorted, split), s2 = mw_stddev(above, n - split);
    modes.found = high - low > 0.08 * smaller_magnitude(low, high) && high - low >= 4.5 * sqrt((s1 * s1 + s2 * s2) / 2);
    modes.low = mw_percentile(sorted, split, 0.5);
    modes.high = mw_percentile(above, n - split, 0.5);
    modes.share_high = (double)(n - split) / (double)n;
    free(sorted);
    return modes;
}
