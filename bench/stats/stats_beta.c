/* Student's t and the binomial proportion, both by way of the regularized incomplete beta function. */
#include "bench/stats/stats.h"

#include <float.h>
#include <math.h>

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

double mw_t_quantile(double p, double dof)
{
    if (p <= 0.5)
        return p < 0.5 ? -mw_t_quantile(1 - p, dof) : 0;
    const bool upper = p > 0.75;
    const double want = upper ? 1 - p : p - 0.5;
    double low = 0, high = 1;
    while (high < DBL_MAX / 4 && (student(high, dof, upper) > want) == upper)
        low = high, high *= 2;
    for (;;) { /* halving ends when no number is left between the two */
        const double middle = low + (high - low) / 2;
        if (middle <= low || middle >= high)
            return middle;
        if ((student(middle, dof, upper) > want) == upper)
            low = middle;
        else
            high = middle;
    }
}

/* The p at which I_p(a, b) = share. */
static double beta_quantile(double share, double a, double b)
{
    double low = 0, high = 1;
    for (;;) {
        const double middle = low + (high - low) / 2;
        if (middle <= low || middle >= high)
            return middle;
        if (incomplete_beta(middle, 1 - middle, a, b) < share)
            low = middle;
        else
            high = middle;
    }
}

mw_interval mw_interval_rate(size_t k, size_t n)
{
    const double hits = (double)k, misses = (double)(n - k);
    return (mw_interval){k > 0 ? beta_quantile(0.025, hits, misses + 1) : 0,
                         k < n ? beta_quantile(0.975, hits + 1, misses) : 1};
}
