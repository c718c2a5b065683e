/* What describes a set of values, and distributions. Intervals and kinds of noise have files of their own. */
#include "bench/stats/stats.h"

#include <float.h>
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

/* --- Student's t and the binomial proportion, both by way of the regularized incomplete beta function --- */

/* The continued fraction of I_x(a, b) (DLMF 8.17.22, https://dlmf.nist.gov/8.17#v), evaluated from the front: `c` and
 * `d` are the ratios of successive numerators and denominators (Lentz 1976). All its terms behave for x below the mean
 * of the distribution; it takes about sqrt(max(a, b)) of them. */
static double fraction(double x, double a, double b)
{
    double f = 1, c = 1, d = 0;
    for (int k = 1; k < 100000; k++) {
        const double m = floor(k / 2.0);
        const double term = k % 2 ? -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
                                  : m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        c = 1 + term / c;
        d = 1 / (1 + term * d);
        f *= c * d;
        if (fabs(c * d - 1) < DBL_EPSILON)
            break;
    }
    return 1 / f;
}

/* I_x(a, b), given x and y = 1 - x, so that neither loses its digits near 0. */
static double incomplete_beta(double x, double y, double a, double b)
{
    if (x <= 0 || y <= 0)
        return x <= 0 ? 0 : 1;
    const double weight = exp(a * log(x) + b * log(y) + lgamma(a + b) - lgamma(a) - lgamma(b));
    return x > (a + 1) / (a + b + 2) ? 1 - weight / b * fraction(y, b, a) : weight / a * fraction(x, a, b);
}

/* P(T > t) where `upper`, else P(0 < T < t): each without the digits that the other's subtraction would cost. */
static double student(double t, double dof, bool upper)
{
    const double x = dof / (dof + t * t), y = t * t / (dof + t * t);
    return 0.5 * (upper ? incomplete_beta(x, y, dof / 2, 0.5) : incomplete_beta(y, x, 0.5, dof / 2));
}

double mw_t_tails(double t, double dof)
{
    return isinf(t) ? 0 : 2 * student(fabs(t), dof, true);
}

double mw_t_quantile(double p, double dof)
{
    if (p <= 0.5)
        return p < 0.5 ? -mw_t_quantile(1 - p, dof) : 0;
    const bool upper = p > 0.75;
    const double want = upper ? 1 - p : p - 0.5;
    double low = 0, high = 1, middle;
    while (high < DBL_MAX / 4 && (student(high, dof, upper) > want) == upper)
        low = high, high *= 2;
    while ((middle = low + (high - low) / 2) > low && middle < high) /* as long as a number is left between the two */
        *((student(middle, dof, upper) > want) == upper ? &low : &high) = middle;
    return middle;
}

/* The p at which I_p(a, b) = share. */
static double beta_quantile(double share, double a, double b)
{
    double low = 0, high = 1, middle;
    while ((middle = low + (high - low) / 2) > low && middle < high)
        *(incomplete_beta(middle, 1 - middle, a, b) < share ? &low : &high) = middle;
    return middle;
}

mw_interval mw_interval_rate(size_t k, size_t n)
{
    const double hits = (double)k, misses = (double)(n - k);
    return (mw_interval){k > 0 ? beta_quantile(0.025, hits, misses + 1) : 0,
                         k < n ? beta_quantile(0.975, hits + 1, misses) : 1};
}
