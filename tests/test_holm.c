/* p-values and their correction: against closed forms and published values; and how often a whole table of comparisons
 * calls equal machines different. */
#include "bench/stats/random.h"
#include "bench/stats/stats.h"
#include "tests/tap.h"

#include <math.h>
#include <stdlib.h>

static bool near(double got, double want, double relative)
{
    return fabs(got - want) <= relative * fabs(want);
}

static void check_tails(void)
{
    double one = 0, two = 0;
    for (double t = 0.01; t < 1e5; t *= 3) {
        one = fmax(one, fabs(mw_t_tails(t, 1) / (2 / M_PI * atan(1 / t)) - 1));
        const double r = sqrt(2 + t * t); /* 1 - t / r, without cancellation */
        two = fmax(two, fabs(mw_t_tails(-t, 2) / (2 / (r * (r + t))) - 1));
    }
    tap_ok(one < 1e-12 && two < 1e-12, "closed forms for 1 and 2 degrees of freedom: off by %.1e, %.1e", one, two);
    tap_ok(near(mw_t_tails(2.776445105, 4), 0.05, 1e-8) &&
               near(mw_t_tails(mw_t_quantile(0.9995, 7.3), 7.3), 0.001, 1e-9),
           "tables, and the quantile turned round");
    tap_ok(mw_t_tails(0, 5) == 1 && mw_t_tails(INFINITY, 5) == 0 && mw_t_tails(1e300, 5) >= 0, "the ends");
}

static void check_welch(void)
{
    /* Student's sleep data, as R's example(t.test) has them: t = -1.8608, df = 17.776, p-value = 0.07939 */
    const double a[] = {0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0},
                 b[] = {1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4};
    const double p = mw_p_difference(a, 10, b, 10);
    tap_ok(near(p, 0.07939, 1e-4) && mw_p_difference(b, 10, a, 10) == p, "the sleep data: %.5f", p);
    tap_ok(isnan(mw_p_difference(a, 1, b, 10)) && isnan(mw_p_difference(a, 10, b, 1)), "one value is no sample");
    tap_ok(mw_p_difference((double[]){1, 1}, 2, (double[]){3, 3}, 2) == 0 &&
               mw_p_difference((double[]){1, 1}, 2, (double[]){1, 1}, 2) == 1,
           "no spread at all");
    uint64_t state = 3;
    bool alike = true;
    size_t below = 0;
    for (int s = 0; s < 2000; s++) {
        double x[4], y[6];
        for (int i = 0; i < 4; i++)
            x[i] = 2 * mw_draw_normal(&state);
        for (int i = 0; i < 6; i++)
            y[i] = 1 + mw_draw_normal(&state);
        const mw_interval ci = mw_interval_difference(x, 4, y, 6);
        const bool small = mw_p_difference(x, 4, y, 6) < 0.05;
        alike &= small == (ci.low > 0 || ci.high < 0);
        below += small;
    }
    tap_ok(alike && below > 100, "p is below 5 %% exactly where the interval leaves out 0 (%zu of 2,000)", below);
}

static void check_correction(void)
{
    /* R: p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm") */
    double p[] = {0.01, NAN, 0.04, 0.03, 0.005};
    const double want[] = {0.03, NAN, 0.06, 0.06, 0.02};
    bool right = mw_holm(p, 5);
    for (int i = 0; i < 5; i++)
        right &= i == 1 ? isnan(p[i]) : near(p[i], want[i], 1e-14);
    tap_ok(right, "as R's p.adjust; what is no test stays out");
    double ends[] = {0, 0.7, 0.9, 0};
    tap_ok(mw_holm(ends, 4) && ends[0] == 0 && ends[1] == 1 && ends[2] == 1 && ends[3] == 0, "0 stays, 1 is the most");
    tap_ok(mw_holm(NULL, 0), "no tests");
}

/* --- equal machines --- */

typedef enum noise { NORMAL, WILD, UNEQUAL } noise;

/* A process's deviation: normal; mostly calm, sometimes five times as wild; or with a spread of its machine's own. */
static double deviation(noise kind, int machine, uint64_t *state)
{
    const double z = mw_draw_normal(state);
    return kind == NORMAL ? z : kind == UNEQUAL ? z * (1 + machine) : mw_draw_share(state) < 0.1 ? 5 * z : z;
}

/* Whether a table of 4 machines and 8 figures of so many processes calls something different, before and after the
 * correction. `shift`: how much faster the last machine is in figure 0. */
static void draw_table(noise kind, int processes, double shift, uint64_t *state, bool *raw, bool *corrected)
{
    enum { MACHINES = 4, FIGURES = 8, MOST = 12 };
    double p[FIGURES * MACHINES * (MACHINES - 1) / 2];
    size_t n = 0;
    for (int figure = 0; figure < FIGURES; figure++) {
        double x[MACHINES][MOST];
        for (int m = 0; m < MACHINES; m++)
            for (int i = 0; i < processes; i++)
                x[m][i] = deviation(kind, m, state) + (figure == 0 && m == MACHINES - 1 ? shift : 0);
        for (int a = 0; a < MACHINES; a++)
            for (int b = a + 1; b < MACHINES; b++)
                p[n++] = mw_p_difference(x[a], (size_t)processes, x[b], (size_t)processes);
    }
    *raw = *corrected = false;
    for (size_t i = 0; i < n; i++)
        *raw |= p[i] < 0.05;
    mw_holm(p, n);
    for (size_t i = 0; i < n; i++)
        *corrected |= p[i] < 0.05;
}

static void check_family(size_t tables)
{
    static const char *const names[] = {"normal", "sometimes wild", "unequal spreads"};
    static const int processes[] = {3, 6, 12};
    uint64_t state = 11;
    for (int kind = 0; kind < 3; kind++)
        for (int i = 0; i < 3; i++) {
            size_t raw = 0, corrected = 0, found = 0;
            for (size_t t = 0; t < tables; t++) {
                bool before, after;
                draw_table((noise)kind, processes[i], 0, &state, &before, &after);
                raw += before;
                corrected += after;
            }
            for (size_t t = 0; t < tables / 10; t++) {
                bool before, after;
                draw_table((noise)kind, processes[i], 40, &state, &before, &after);
                found += after;
            }
            const mw_interval ci = mw_interval_rate(corrected, tables);
            tap_ok(ci.low <= 0.05 && raw > tables / 3,
                   "%s, %d processes: %.1f %% [%.1f, %.1f] wrong, %.0f %% without "
                   "the correction",
                   names[kind], processes[i], 100 * (double)corrected / (double)tables, 100 * ci.low, 100 * ci.high,
                   100 * (double)raw / (double)tables);
            tap_ok(found > tables / 10 * (processes[i] > 3 ? 9 : 2) / 10, "a large difference is found in %.0f %%",
                   1000 * (double)found / (double)tables);
        }
}

int main(void)
{
    const bool quick = getenv("MEMWALL_TEST_QUICK");
    if (quick)
        tap_note("MEMWALL_TEST_QUICK: 300 tables instead of 3,000");
    check_tails();
    check_welch();
    check_correction();
    check_family(quick ? 300 : 3000);
    return tap_done();
}
