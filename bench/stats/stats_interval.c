/* Two-sided 95 % intervals. */
#include "bench/stats/random.h"
#include "bench/stats/stats.h"

#include <math.h>

static const double tail = 0.025; /* outside of an interval, on each side */

/* --- of means --- */

static mw_interval around(double mean, double half)
{
    return (mw_interval){mean - half, mean + half};
}

/* Half of the interval by Student's t of a mean of n values whose spread is that of x[n0]; n0 >= 2. */
static double student_half(const double *x, size_t n0, size_t n)
{
    return mw_t_quantile(1 - tail, (double)(n0 - 1)) * mw_stddev(x, n0) / sqrt((double)n);
}

/* The bootstrap of the studentized mean ("bootstrap-t"; Efron and Tibshirani, "An Introduction to the Bootstrap", 1993,
 * 12.5), symmetric: what share of the resamples have a mean this many standard errors off, on either side (Hall, "On
 * symmetric bootstrap confidence intervals", 1988). With a few dozen values percentile and BCa intervals are too short;
 * cutting off 2.5 % on each side does as well as this for skewed values, but fails (89 %) when a few are wild. It
 * divides by the spread of each resample; where many have none, as when all values but one are equal, it says nothing,
 * and Student's t stands in. */
enum { RESAMPLES = 2000 };

static mw_interval bootstrap_interval(const double *x, size_t n)
{
    const double mean = mw_mean(x, n), count = (double)n;
    double t[RESAMPLES];
    uint64_t state = 1;
    size_t spreadless = 0;
    for (size_t r = 0; r < RESAMPLES; r++) {
        double sum = 0, squares = 0;
        for (size_t i = 0; i < n; i++) {
            const double d = x[(size_t)(mw_draw_share(&state) * count)] - mean;
            sum += d;
            squares += d * d;
        }
        const double shift = sum / count, variance = squares / count - shift * shift;
        /* what is left of a difference of equal numbers is no spread */
        const bool flat = variance <= 1e-12 * squares / count;
        spreadless += flat;
        t[r] = flat ? 0 : fabs(shift) / sqrt(variance / (count - 1));
    }
    if ((double)spreadless > tail / 10 * RESAMPLES)
        return around(mean, student_half(x, n, n));
    mw_sort(t, RESAMPLES);
    return around(mean, mw_percentile(t, RESAMPLES, 1 - 2 * tail) * mw_stddev(x, n) / sqrt(count));
}

mw_interval mw_interval_mean(const double *x, size_t n)
{
    if (n < 2)
        return (mw_interval){NAN, NAN};
    return n < MW_BOOTSTRAP_FROM ? around(mw_mean(x, n), student_half(x, n, n)) : bootstrap_interval(x, n);
}

/* Welch's comparison of two means: their difference, its standard error, and Satterthwaite's degrees of freedom. */
typedef struct welch {
    double difference, error, dof;
} welch;

static welch welch_of(const double *a, size_t n_a, const double *b, size_t n_b)
{
    const double difference = mw_mean(b, n_b) - mw_mean(a, n_a);
    const double s_a = mw_stddev(a, n_a), s_b = mw_stddev(b, n_b);
    const double v_a = s_a * s_a / (double)n_a, v_b = s_b * s_b / (double)n_b, v = v_a + v_b;
    if (v <= 0)
        return (welch){difference, 0, (double)(n_a + n_b - 2)};
    /* as shares of the variance, so that small ones do not vanish when squared */
    const double q_a = v_a / v, q_b = v_b / v;
    return (welch){difference, sqrt(v), 1 / (q_a * q_a / (double)(n_a - 1) + q_b * q_b / (double)(n_b - 1))};
}

mw_interval mw_interval_difference(const double *a, size_t n_a, const double *b, size_t n_b)
{
    if (n_a < 2 || n_b < 2)
        return (mw_interval){NAN, NAN};
    const welch w = welch_of(a, n_a, b, n_b);
    return w.error > 0 ? around(w.difference, mw_t_quantile(1 - tail, w.dof) * w.error) : around(w.difference, 0);
}

double mw_p_difference(const double *a, size_t n_a, const double *b, size_t n_b)
{
    if (n_a < 2 || n_b < 2)
        return NAN;
    const welch w = welch_of(a, n_a, b, n_b);
    return w.error > 0 ? mw_t_tails(w.difference / w.error, w.dof) : w.difference == 0;
}

/* --- of percentiles --- */

/* The largest k with P(fewer than k of n hits) <= tail: so many values can be cut off on that side. Terms of the
 * binomial follow from each other by their logarithms, since the first ones are too small for a double when n is large.
 */
static size_t cut_off(size_t n, double log_hit, double log_miss)
{
    double log_term = (double)n * log_miss, sum = 0;
    for (size_t k = 0; k <= n; k++) {
        sum += exp(log_term);
        if (sum > tail)
            return k;
        log_term += log((double)(n - k) / (double)(k + 1)) + log_hit - log_miss;
    }
    return n;
}

mw_interval mw_interval_percentile(const double *sorted, size_t n, double p)
{
    const double log_below = log(p), log_above = log1p(-p);
    const size_t below = cut_off(n, log_below, log_above), above = cut_off(n, log_above, log_below);
    return (mw_interval){below > 0 ? sorted[below - 1] : NAN, above > 0 ? sorted[n - above] : NAN};
}

mw_tail mw_tail_ratio(const double *sorted, size_t n)
{
    const mw_interval late = mw_interval_percentile(sorted, n, 0.99), middle = mw_interval_percentile(sorted, n, 0.5);
    return (mw_tail){mw_percentile(sorted, n, 0.99) / mw_percentile(sorted, n, 0.5),
                     {late.low / middle.high, late.high / middle.low}};
}

mw_tail mw_tail_excess(mw_tail a, mw_tail b)
{
    return (mw_tail){a.ratio - b.ratio, {a.ci.low - b.ci.high, a.ci.high - b.ci.low}};
}

/* --- the stop rule --- */

size_t mw_stein_clusters(const double *first, size_t n0, double half_width, size_t most)
{
    if (n0 < 2 || most <= n0)
        return most > n0 ? most : n0;
    const double ratio = mw_t_quantile(1 - tail, (double)(n0 - 1)) * mw_stddev(first, n0) / half_width;
    const double wanted = fmax(ceil(ratio * ratio), (double)n0);
    return wanted < (double)most ? (size_t)wanted : most;
}

mw_interval mw_interval_stein(const double *x, size_t n, size_t n0)
{
    if (n0 < 2 || n < n0)
        return (mw_interval){NAN, NAN};
    const double stein = student_half(x, n0, n), student = student_half(x, n, n);
    return around(mw_mean(x, n), sqrt((stein * stein + student * student) / 2));
}
