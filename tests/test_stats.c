/* Statistics against published tables, closed forms, and simulations of coverage with fixed seeds. */
#include "bench/stats/random.h"
#include "bench/stats/stats.h"
#include "tests/tap.h"

#include <math.h>
#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static bool near(double got, double want, double relative)
{
    return fabs(got - want) <= relative * fabs(want);
}

/* --- description --- */

static void check_description(void)
{
    double x[] = {9, 2, 4, 4, 5, 7, 4, 5}; /* sum 40; squares about 5: 32 */
    tap_ok(mw_mean(x, 8) == 5 && near(mw_stddev(x, 8), sqrt(32.0 / 7), 1e-15), "mean and standard deviation");
    tap_ok(isnan(mw_stddev(x, 1)) && mw_stddev((double[]){1, 3}, 2) == sqrt(2), "one value has no spread, two have");
    mw_sort(x, 8);
    bool sorted = true;
    for (int i = 1; i < 8; i++)
        sorted &= x[i - 1] <= x[i];
    tap_ok(sorted, "sorted");
    const double y[] = {1, 2, 4, 8};
    tap_ok(mw_percentile(y, 4, 0) == 1 && mw_percentile(y, 4, 0.5) == 3 && mw_percentile(y, 4, 0.75) == 5 &&
               mw_percentile(y, 4, 1) == 8 && mw_percentile(y, 1, 0.3) == 1,
           "percentiles by definition 7");
    tap_ok(mw_process_log_ratio((double[]){0.5, -1, 0.1}, 3) == 0.1 &&
               near(mw_process_log_ratio((double[]){7, 0.1, 0.3, -5}, 4), 0.2, 1e-15) &&
               mw_process_log_ratio((double[]){3}, 1) == 3,
           "what a process says is the median over its blocks");
}

/* --- Student's t --- */

/* P(T <= t) for whole degrees of freedom: finite sums (Abramowitz and Stegun, 26.7.3 and 26.7.4). */
static double student_cdf(double t, int dof)
{
    const double angle = atan(t / sqrt(dof)), c = cos(angle) * cos(angle);
    double sum = 0, term = dof % 2 ? cos(angle) : 1;
    for (int k = dof % 2 ? 3 : 2; k <= dof; k += 2) {
        sum += term;
        term *= c * (k - 1) / k;
    }
    const double inside = dof % 2 ? 2 / M_PI * (angle + sin(angle) * sum) : sin(angle) * sum;
    return 0.5 + inside / 2;
}

static double student_density(double t, double dof)
{
    return exp(lgamma((dof + 1) / 2) - lgamma(dof / 2) - (dof + 1) / 2 * log1p(t * t / dof)) / sqrt(dof * M_PI);
}

static void check_t(void)
{
    /* The tables of textbooks, e.g. NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2, with R's further
     * digits. */
    const struct {
        double p, dof, t;
    } table[] = {{0.975, 1, 12.706205}, {0.975, 4, 2.776445},  {0.975, 5, 2.570582}, {0.975, 30, 2.042272},
                 {0.995, 10, 3.169273}, {0.95, 1, 6.313752},   {0.95, 20, 1.724718}, {0.975, 2, 4.302653},
                 {0.975, 10, 2.228139}, {0.975, 100, 1.983972}};
    for (size_t i = 0; i < COUNT(table); i++) {
        const double t = mw_t_quantile(table[i].p, table[i].dof);
        tap_ok(fabs(t - table[i].t) <= 0.6e-6, "t(%g, %g) = %.7f", table[i].p, table[i].dof, t);
    }
    const double shares[] = {0.5001, 0.51, 0.6, 0.75, 0.76, 0.9, 0.975, 0.999, 0.9999};
    double worst = 0;
    for (size_t i = 0; i < COUNT(shares); i++) {
        const double p = shares[i], a = 4 * p * (1 - p), angle = acos(sqrt(a)) / 3;
        /* closed forms for 1, 2 and 4 degrees of freedom (Shaw, "Sampling Student's T distribution", 2006) */
        const double want[] = {tan(M_PI * (p - 0.5)), (2 * p - 1) * sqrt(2 / a), 2 * sqrt(cos(angle) / sqrt(a) - 1)};
        const int dof[] = {1, 2, 4};
        for (int k = 0; k < (p < 0.6 ? 2 : 3); k++) /* the third one loses digits near the middle */
            worst = fmax(worst, fabs(mw_t_quantile(p, dof[k]) / want[k] - 1));
    }
    tap_ok(worst < 1e-9, "closed forms: off by %.1e at most", worst);
    worst = 0;
    const int whole[] = {1, 2, 3, 5, 7, 10, 19, 40, 99, 250, 1000};
    for (size_t i = 0; i < COUNT(shares); i++)
        for (size_t k = 0; k < COUNT(whole); k++) {
            const double t = mw_t_quantile(shares[i], whole[k]);
            const double off = (student_cdf(t, whole[k]) - shares[i]) / student_density(t, whole[k]) / t;
            worst = fmax(worst, fabs(off));
        }
    tap_ok(worst < 1e-9, "finite sums, up to 1,000 degrees of freedom: off by %.1e at most", worst);
    tap_ok(mw_t_quantile(0.5, 7) == 0 && mw_t_quantile(0.1, 7) == -mw_t_quantile(0.9, 7), "symmetric about 0");
    const double between = mw_t_quantile(0.975, 4.5);
    tap_ok(between < 2.776445 && between > 2.570582, "t(0.975, 4.5) = %.6f lies between its neighbours", between);
}

/* --- intervals --- */

static bool interval_is(mw_interval i, double low, double high, double off)
{
    return fabs(i.low - low) <= off && fabs(i.high - high) <= off;
}

static void check_means(void)
{
    /* mean 6, standard deviation sqrt(10), n = 5: 6 +- 2.776445 sqrt(2) */
    const double x[] = {2, 4, 6, 8, 10};
    const double half = 2.776445105 * sqrt(2);
    tap_ok(interval_is(mw_interval_mean(x, 5), 6 - half, 6 + half, 1e-8), "t-interval of five values");
    mw_interval i = mw_interval_mean(x, 1);
    tap_ok(isnan(i.low) && isnan(i.high), "one value has no interval");
    /* Equal n and spread: 2 n - 2 degrees of freedom. b - a = 1 +- t(0.975, 8) * 2 */
    const double y[] = {11, 9, 7, 5, 3};
    tap_ok(interval_is(mw_interval_difference(x, 5, y, 5), 1 - 2.306004135 * 2, 1 + 2.306004135 * 2, 1e-8),
           "difference of two alike");
    /* Variances 10 and 0.5 over n = 5 and 2: v = 2 + 0.25; dof = 2.25^2 / (4 / 4 + 0.0625 / 1) = 4.764706 */
    const double z[] = {3, 4};
    const double wide = mw_t_quantile(0.975, 5.0625 / 1.0625) * 1.5;
    tap_ok(interval_is(mw_interval_difference(x, 5, z, 2), -2.5 - wide, -2.5 + wide, 1e-12),
           "difference of two unlike");
    i = mw_interval_difference(x, 5, z, 1);
    tap_ok(isnan(i.low) && isnan(i.high), "one value on a side gives no interval");
    i = mw_interval_difference((double[]){1, 1}, 2, (double[]){3, 3, 3}, 3);
    tap_ok(i.low == 2 && i.high == 2, "no spread at all");
}

static void check_bootstrap(void)
{
    double x[40];
    for (int i = 0; i < 40; i++)
        x[i] = 3;
    mw_interval all_equal = mw_interval_mean(x, 40);
    tap_ok(all_equal.low == 3 && all_equal.high == 3, "forty equal values");
    x[7] = 4;
    mw_interval lump = mw_interval_mean(x, 40);
    const double mean = 3 + 1 / 40.0, half = mw_t_quantile(0.975, 39) / 40;
    tap_ok(interval_is(lump, mean - half, mean + half, 1e-12), "all but one equal: Student's t");
    uint64_t state = 11;
    for (int i = 0; i < 40; i++)
        x[i] = mw_draw_normal(&state);
    const mw_interval a = mw_interval_mean(x, 40), b = mw_interval_mean(x, 40);
    tap_ok(a.low == b.low && a.high == b.high, "the bootstrap repeats itself");
    const double t = mw_t_quantile(0.975, 39) * mw_stddev(x, 40) / sqrt(40);
    tap_ok((a.high - a.low) / (2 * t) > 0.9 && (a.high - a.low) / (2 * t) < 1.1 && a.high - a.low != 2 * t,
           "and resembles Student's t for normal values: %.3f of its width", (a.high - a.low) / (2 * t));
    for (int i = 0; i < 40; i++)
        x[i] = 1000 + 5 * x[i];
    const mw_interval c = mw_interval_mean(x, 40);
    tap_ok(interval_is(c, 1000 + 5 * a.low, 1000 + 5 * a.high, 1e-6), "whatever the scale");
}

enum { NORMAL, SKEWED, EXPONENTIAL, WILD };
static const char *const kinds[] = {"normal", "log-normal, sigma 0.5", "exponential", "one in 20 six times as wide"};

/* Of mean 0. */
static double draw(int kind, uint64_t *state)
{
    if (kind == NORMAL)
        return mw_draw_normal(state);
    if (kind == SKEWED)
        return exp(0.5 * mw_draw_normal(state)) - exp(0.125);
    if (kind == EXPONENTIAL)
        return -log(1 - mw_draw_share(state)) - 1;
    return mw_draw_normal(state) * (mw_draw_share(state) < 0.05 ? 6 : 1);
}

/* With 1,000 sets a rate of 95 % comes out within 1.4 % two times in three. */
static void check_coverage(void)
{
    const size_t sets = getenv("MEMWALL_TEST_QUICK") ? 300 : 1000, n[] = {5, 20, 40};
    for (size_t k = 0; k < COUNT(n); k++)
        for (int kind = 0; kind <= WILD; kind++) {
            if (n[k] < MW_BOOTSTRAP_FROM && kind != NORMAL)
                continue; /* t with a handful of values is exact for normal ones only */
            uint64_t state = 3;
            size_t held = 0;
            for (size_t s = 0; s < sets; s++) {
                double x[40];
                for (size_t i = 0; i < n[k]; i++)
                    x[i] = draw(kind, &state);
                const mw_interval i = mw_interval_mean(x, n[k]);
                held += i.low <= 0 && i.high >= 0;
            }
            const double rate = (double)held / (double)sets;
            tap_ok(rate > 0.92 && rate < 0.985, "mean of %zu values, %s: held in %.1f %% of %zu sets", n[k],
                   kinds[kind], 100 * rate, sets);
        }
    size_t held = 0;
    uint64_t state = 5;
    const size_t cheap = 4000;
    for (size_t s = 0; s < cheap; s++) {
        double a[5], b[9];
        for (int i = 0; i < 5; i++)
            a[i] = 3 * mw_draw_normal(&state);
        for (int i = 0; i < 9; i++)
            b[i] = 1 + mw_draw_normal(&state);
        const mw_interval i = mw_interval_difference(a, 5, b, 9);
        held += i.low <= 1 && i.high >= 1;
    }
    const double rate = (double)held / (double)cheap;
    tap_ok(rate > 0.935 && rate < 0.965, "difference with unequal spreads: held in %.1f %%", 100 * rate);
}

/* --- percentiles and rates --- */

static void check_percentiles(void)
{
    static double x[10000];
    for (size_t i = 0; i < COUNT(x); i++)
        x[i] = (double)(i + 1); /* values are their ranks */
    /* Median: n = 10 gives ranks 2 and 9, n = 20 ranks 6 and 15, n = 100 ranks 40 and 61 (Conover, "Practical
     * Nonparametric Statistics", table of the sign test; Hahn and Meeker, table A.15). n = 5: 1 / 32 is too much. */
    tap_ok(interval_is(mw_interval_percentile(x, 10, 0.5), 2, 9, 0), "median of 10");
    tap_ok(interval_is(mw_interval_percentile(x, 20, 0.5), 6, 15, 0), "median of 20");
    tap_ok(interval_is(mw_interval_percentile(x, 100, 0.5), 40, 61, 0), "median of 100");
    mw_interval i = mw_interval_percentile(x, 5, 0.5);
    tap_ok(isnan(i.low) && isnan(i.high), "median of 5 has no side");
    tap_ok(interval_is(mw_interval_percentile(x, 6, 0.5), 1, 6, 0), "median of 6 has both");
    i = mw_interval_percentile(x, 1, 0.99);
    tap_ok(isnan(i.high), "one value");
    const struct {
        double p;
        size_t from;
    } sides[] = {{0.9, 36}, {0.99, 368}, {0.999, 3688}};
    for (size_t k = 0; k < COUNT(sides); k++) {
        const mw_interval before = mw_interval_percentile(x, sides[k].from - 1, sides[k].p);
        const mw_interval at = mw_interval_percentile(x, sides[k].from, sides[k].p);
        tap_ok(isnan(before.high) && at.high == (double)sides[k].from, "P%g has its upper side from n = %zu",
               100 * sides[k].p, sides[k].from);
        tap_ok(at.low < sides[k].p * (double)sides[k].from && at.low > 0, "and a lower one, rank %.0f", at.low);
    }
    const mw_interval low = mw_interval_percentile(x, 368, 0.01);
    const mw_interval high = mw_interval_percentile(x, 368, 0.99);
    tap_ok(low.low == 1 && low.high == 369 - high.low, "P1 is P99 from the other end");
    /* large n: (n p) -+ 1.96 sqrt(n p q) = 9900 -+ 19.5, terms far below the smallest double */
    tap_ok(interval_is(mw_interval_percentile(x, 10000, 0.99), 9880.5, 9920.5, 1.5), "P99 of 10,000");
}

/* P99 over P50 of 1, 2, ... n; the ranks of the ends from exact binomial sums. */
static void check_tails(void)
{
    double x[1000];
    for (int i = 0; i < 1000; i++)
        x[i] = i + 1;
    const mw_tail most = mw_tail_ratio(x, 1000), least = mw_tail_ratio(x, 368), less = mw_tail_ratio(x, 367);
    tap_ok(near(most.ratio, 990.01 / 500.5, 1e-14) && near(most.ci.low, 983.0 / 532, 1e-14) &&
               near(most.ci.high, 997.0 / 469, 1e-14),
           "tail of 1000: ends of both percentiles, furthest apart");
    tap_ok(near(least.ratio, 364.33 / 184.5, 1e-14) && near(least.ci.low, 360.0 / 204, 1e-14) &&
               near(least.ci.high, 368.0 / 165, 1e-14),
           "tail of 368: the first with an upper side");
    tap_ok(near(less.ci.low, 359.0 / 203, 1e-14) && isnan(less.ci.high), "tail of 367: none");
    const mw_tail excess = mw_tail_excess(most, least), half = mw_tail_excess(most, less);
    tap_ok(near(excess.ratio, 990.01 / 500.5 - 364.33 / 184.5, 1e-10) &&
               near(excess.ci.low, 983.0 / 532 - 368.0 / 165, 1e-14) &&
               near(excess.ci.high, 997.0 / 469 - 360.0 / 204, 1e-14),
           "excess: ends furthest apart");
    tap_ok(isnan(half.ci.low) && near(half.ci.high, 997.0 / 469 - 359.0 / 203, 1e-14),
           "excess: the side that needs what is not there is blank");
    const mw_tail one = mw_tail_ratio(x + 6, 1);
    tap_ok(one.ratio == 1 && isnan(one.ci.low) && isnan(one.ci.high), "a single value has no tail");
}

static void check_rates(void)
{
    /* 0 of n: 1 - 0.025^(1/n); 10 of 20: 0.271957 to 0.728043; 50 of 1,000: 0.037337 to 0.065392 (R's binom.test). */
    tap_ok(interval_is(mw_interval_rate(0, 10), 0, 1 - pow(0.025, 0.1), 1e-12), "0 of 10");
    tap_ok(interval_is(mw_interval_rate(10, 10), pow(0.025, 0.1), 1, 1e-12), "10 of 10");
    tap_ok(interval_is(mw_interval_rate(10, 20), 0.2719578, 0.7280422, 2e-6), "10 of 20");
    /* what defines the ends: 2.5 % of the binomial distribution lies beyond */
    bool exact = true;
    for (size_t k = 1; k < 30; k++) {
        const mw_interval i = mw_interval_rate(k, 30);
        double above = 0, below = 0;
        for (size_t j = 0; j <= 30; j++) {
            const double ways = exp(lgamma(31) - lgamma((double)j + 1) - lgamma(31 - (double)j));
            above += j >= k ? ways * pow(i.low, (double)j) * pow(1 - i.low, 30 - (double)j) : 0;
            below += j <= k ? ways * pow(i.high, (double)j) * pow(1 - i.high, 30 - (double)j) : 0;
        }
        exact &= near(above, 0.025, 1e-9) && near(below, 0.025, 1e-9);
    }
    tap_ok(exact, "1 to 29 of 30");
}

/* --- the stop rule --- */

static void check_stein(void)
{
    const double first[] = {2, 4, 6, 8, 10}; /* t s = 2.776445 sqrt(10) = 8.77989; its square 77.0865 */
    tap_ok(mw_stein_clusters(first, 5, 1, 1000) == 78 && mw_stein_clusters(first, 5, 2, 1000) == 20 &&
               mw_stein_clusters(first, 5, 100, 1000) == 5,
           "clusters for a half-width");
    tap_ok(mw_stein_clusters(first, 5, 1, 40) == 40 && mw_stein_clusters(first, 5, 1, 3) == 5 &&
               mw_stein_clusters(first, 5, 0, 40) == 40 && mw_stein_clusters(first, 1, 1, 40) == 40,
           "within bounds");
    tap_ok(mw_stein_clusters((double[]){3, 3, 3}, 3, 0.1, 40) == 3, "no spread needs no more");
    double x[20];
    for (int i = 0; i < 20; i++)
        x[i] = i < 5 ? first[i] : 6;
    for (int k = 0; k < 2; k++) {
        x[19] = k ? 106 : 6; /* the later values spread less than the first, or more */
        const double stein = 2.776445105 * sqrt(10.0 / 20), all = 2.093024054 * mw_stddev(x, 20) / sqrt(20);
        const double half = sqrt((stein * stein + all * all) / 2), mean = mw_mean(x, 20);
        tap_ok(interval_is(mw_interval_stein(x, 20, 5), mean - half, mean + half, 1e-7),
               "both the first spread (%.2f) and that of all (%.2f) make the interval", stein, all);
    }
    const double only = 2.776445105 * sqrt(2);
    tap_ok(interval_is(mw_interval_stein(x, 5, 5), 6 - only, 6 + only, 1e-8), "which is Student's if five suffice");
    tap_ok(isnan(mw_interval_stein(x, 4, 5).low) && isnan(mw_interval_stein(x, 4, 1).high), "too few values");

    const size_t sets = 4000;
    size_t held = 0, narrow = 0;
    uint64_t state = 9;
    for (size_t s = 0; s < sets; s++) {
        double y[1000];
        for (int i = 0; i < 5; i++)
            y[i] = mw_draw_normal(&state);
        const size_t n = mw_stein_clusters(y, 5, 0.5, 1000);
        for (size_t i = 5; i < n; i++)
            y[i] = mw_draw_normal(&state);
        const mw_interval i = mw_interval_stein(y, n, 5);
        held += i.low <= 0 && i.high >= 0;
        narrow += i.high - i.low <= 1.3;
    }
    const double rate = (double)held / (double)sets;
    tap_ok(rate > 0.935 && rate < 0.965, "normal values: held in %.1f %%", 100 * rate);
    tap_ok((double)narrow > 0.95 * (double)sets, "and nearly always as narrow as asked for");
}

int main(void)
{
    if (getenv("MEMWALL_TEST_QUICK"))
        tap_note("MEMWALL_TEST_QUICK: fewer simulated sets");
    check_description();
    check_t();
    check_means();
    check_bootstrap();
    check_coverage();
    check_percentiles();
    check_tails();
    check_rates();
    check_stein();
    return tap_done();
}
