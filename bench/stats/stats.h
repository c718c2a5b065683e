/* Statistics. Pure functions over arrays of finite values; nothing here knows what is measured.
 *
 * The design (DESIGN: measurement contract): the cluster is the process, inside it the block. What a process says about
 * a ratio is the median over its blocks of the logs of paired values; an interval comes from the values of several
 * processes only. */
#ifndef MW_BENCH_STATS_H
#define MW_BENCH_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

double mw_mean(const double *x, size_t n);

/* Sample standard deviation (n - 1); NAN for n < 2. */
double mw_stddev(const double *x, size_t n);

/* Sorts ascending, for the functions that take sorted[]. */
void mw_sort(double *x, size_t n);

/* The value below which a share `p` (0 to 1) of sorted[n] lies, linearly interpolated between neighbours (definition 7
 * of Hyndman and Fan, "Sample quantiles in statistical packages", 1996: what numpy and R take). n >= 1. */
double mw_percentile(const double *sorted, size_t n, double p);

/* What one process says about a ratio, from the logs of its paired block values (n >= 1), which get sorted. It is their
 * median: now and then the machine changes speed by half between the two blocks of a pair, and a mean over a few pairs
 * would say little else. (bench/stats/aa_synthetic.h: with 4 blocks each in 5 processes an interval is half as wide as
 * from means and leaves out the truth in 4.6 % of cases instead of 1.8 %.) */
double mw_process_log_ratio(double *logs, size_t n);

/* --- intervals: two-sided 95 % --- */

/* P(|T| > |t|) of Student's t, dof > 0: what remains in both tails. */
double mw_t_tails(double t, double dof);

/* NAN where a side is not supported by n. */
typedef struct mw_interval {
    double low, high;
} mw_interval;

/* Quantile of Student's t, 0 < p < 1, dof >= 1 (need not be whole), to 1e-9 of itself or better. */
double mw_t_quantile(double p, double dof);

/* Of the mean of x, one value a cluster: Student's t below 20 clusters, where a bootstrap under-covers badly, from 20
 * on a symmetric studentized bootstrap with a fixed seed. n < 2: both sides NAN. */
enum { MW_BOOTSTRAP_FROM = 20 };
mw_interval mw_interval_mean(const double *x, size_t n);

/* Of the difference of means b - a of two independent sets of clusters (Welch 1947, degrees of freedom by Satterthwaite
 * 1946). Fewer than 2 on a side: both sides NAN. */
mw_interval mw_interval_difference(const double *a, size_t n_a, const double *b, size_t n_b);

/* The p-value that belongs to it: how likely a difference of means at least this large is if the expected values are
 * equal. Below 0.05 exactly where the interval leaves out 0. NAN for fewer than 2 on a side. */
double mw_p_difference(const double *a, size_t n_a, const double *b, size_t n_b);

/* Corrects p[n] for their number, in place (Holm, "A simple sequentially rejective multiple test procedure", 1979):
 * calling those below 0.05 differences is wrong about one or more of them in at most 5 % of cases, however the values
 * depend on each other. The smallest p is multiplied by n, the next one by n - 1, and so on; none gets smaller than the
 * one before, or larger than 1. NAN is no test: it stays and does not count. False, with p unchanged, without memory to
 * sort them. */
bool mw_holm(double *p, size_t n);

/* Of the p-quantile, 0 < p < 1, from order statistics (exact binomial; Hahn and Meeker, "Statistical Intervals", 5.2).
 * Two-sided 95 % at equal tails; a side that n is too small for is NAN: P99 has its upper side from n = 368, P99.9 from
 * 3,688. For independent values; latencies of neighbouring tokens are not quite that. */
mw_interval mw_interval_percentile(const double *sorted, size_t n, double p);

/* How long the tail of sorted[n] is: P99 over P50; n >= 1, values above 0. The interval goes from the lower end of P99
 * over the upper one of P50 to the opposite, so it holds the truth in at least 90 % of cases (Bonferroni), in more if
 * the two do not err together. It has an upper side from n = 368 on. */
typedef struct mw_tail {
    double ratio;
    mw_interval ci;
} mw_tail;
mw_tail mw_tail_ratio(const double *sorted, size_t n);

/* How much longer the tail of `a` is than that of `b`: ratio and interval are differences, the interval's ends again
 * those furthest apart. */
mw_tail mw_tail_excess(mw_tail a, mw_tail b);

/* Of a rate of which k in n were seen, k <= n (Clopper and Pearson 1934). n >= 1. */
mw_interval mw_interval_rate(size_t k, size_t n);

/* --- the stop rule ---------------------------------------------------------------------------------------------------
 *
 * Stopping as soon as an interval is narrow enough stops on lucky draws and breaks coverage. Stein, "A two-sample test
 * for a linear hypothesis whose power is independent of the variance" (1945): the spread of the first n0 clusters alone
 * decides how many there will be, and also makes the interval, which is then exact for normal data. */

/* How many clusters give the mean a half-width of at most `half_width`, from first[n0] (at least n0, else at most
 * `most`). */
size_t mw_stein_clusters(const double *first, size_t n0, double half_width, size_t most);

/* Interval of the mean of x[n], whose first n0 values set n. Its half-width is the root mean square of two: Stein's, t
 * with n0 - 1 degrees of freedom and the first spread, and Student's over all n. The first alone would be exact for
 * normal data, but values that are mostly calm and sometimes wild may show n0 calm ones first, and then it is wrong in
 * a tenth of cases. The second alone is too short (up to 8 % wrong) because a small first spread stops early. From
 * both, 3.7 to 5.4 % are wrong in simulations with n0 of 5 to 8 (normal data, and bench/stats/aa_synthetic.h). n0 < 2
 * or n < n0: both sides NAN. */
mw_interval mw_interval_stein(const double *x, size_t n, size_t n0);

/* --- what kind of noise --- */

/* Whether x, in order of time, goes up or down as a whole: the medians of its first and last third, `from` and `to`,
 * differ by more than 5 % of the smaller one, and a Mann-Kendall test (Mann 1945, Kendall 1975) agrees at 0.3 %, its
 * variance widened for neighbours that resemble each other as in a first-order autoregression. More than 240 values are
 * first averaged in groups. Fewer than 40: not found, medians NAN. */
typedef struct mw_drift {
    bool found;
    double from, to;
} mw_drift;
mw_drift mw_drift_of(const double *x, size_t n);

/* Whether x falls into two groups far apart. Of all splits of the sorted values that leave each group a tenth of them,
 * take the one with the most variance between the groups (Otsu 1979). Found if the means differ by more than 8 % of the
 * smaller one and by at least 4.5 times the groups' spread, sqrt((s1^2 + s2^2) / 2): one normal distribution cut in the
 * middle has 2.65 here, a uniform one 3.46. Then or not: the groups' medians and the upper one's share. Fewer than 40
 * values, or no memory to sort them: not found, all three NAN. */
typedef struct mw_modes {
    bool found;
    double low, high, share_high;
} mw_modes;
mw_modes mw_modes_of(const double *x, size_t n);

#endif
