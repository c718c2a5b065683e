/* Drift and groups of values, found in simulated series with fixed seeds where they are, and nowhere else. */
#include "bench/stats/random.h"
#include "bench/stats/stats.h"
#include "tests/tap.h"

#include <math.h>
#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* First-order autoregression about 30, its standard deviation a share of that. */
static void autoregression(double *x, size_t n, double rho, double sd, uint64_t *state)
{
    double z = mw_draw_normal(state);
    for (size_t i = 0; i < n; i++) {
        z = rho * z + sqrt(1 - rho * rho) * mw_draw_normal(state);
        x[i] = 30 * exp(sd * z);
    }
}

static void check_false_alarms(void)
{
    const size_t sets = getenv("MEMWALL_TEST_QUICK") ? 300 : 500, n[] = {40, 60, 240, 1000};
    const double rho[] = {0, 0.5, 0.9};
    for (size_t k = 0; k < COUNT(n); k++)
        for (size_t r = 0; r < COUNT(rho); r++) {
            uint64_t state = 1;
            size_t drifts = 0, modes = 0;
            static double x[1000];
            for (size_t s = 0; s < sets; s++) {
                autoregression(x, n[k], rho[r], 0.05, &state);
                drifts += mw_drift_of(x, n[k]).found;
                modes += mw_modes_of(x, n[k]).found;
            }
            tap_ok(20 * drifts < sets && 20 * modes < sets,
                   "false alarms at n = %zu, autocorrelation %.1f: drift %.1f %%, modes %.1f %%", n[k], rho[r],
                   100 * (double)drifts / (double)sets, 100 * (double)modes / (double)sets);
        }
}

static void check_drift(void)
{
    static double x[2000];
    const size_t n[] = {100, 240, 2000};
    uint64_t state = 2;
    for (size_t k = 0; k < COUNT(n); k++) {
        size_t up = 0, throttled = 0, small = 0;
        for (int s = 0; s < 50; s++) {
            autoregression(x, n[k], 0.3, 0.02, &state);
            for (size_t i = 0; i < n[k]; i++)
                x[i] *= 1 + 0.3 * (double)i / (double)n[k];
            const mw_drift d = mw_drift_of(x, n[k]);
            up += d.found && d.to > d.from;
            autoregression(x, n[k], 0.3, 0.02, &state);
            for (size_t i = 0; i < n[k]; i++)
                x[i] *= 0.7 + 0.3 * exp(-4 * (double)i / (double)n[k]); /* a chip that gets hot */
            const mw_drift t = mw_drift_of(x, n[k]);
            throttled += t.found && t.to < t.from;
            autoregression(x, n[k], 0, 0.001, &state);
            for (size_t i = 0; i < n[k]; i++)
                x[i] *= 1 + 0.04 * (double)i / (double)n[k];
            small += mw_drift_of(x, n[k]).found;
        }
        tap_ok(up == 50 && throttled == 50 && small == 0, "n = %zu: up %zu, down %zu, too small to matter %zu of 50",
               n[k], up, throttled, small);
    }
    for (int i = 0; i < 60; i++)
        x[i] = i;
    const mw_drift d = mw_drift_of(x, 60), few = mw_drift_of(x, 39), level = mw_drift_of((double[40]){0}, 40);
    tap_ok(d.found && d.from == 9.5 && d.to == 49.5, "from %.1f to %.1f", d.from, d.to);
    tap_ok(!few.found && isnan(few.from) && isnan(few.to), "too few values for a drift");
    tap_ok(!level.found && level.from == 0 && level.to == 0, "zeros do not drift");
    for (int i = 0; i < 60; i++)
        x[i] = i % 2 ? 10 : 12; /* after the middle: the outer thirds differ, and no trend */
    for (int i = 40; i < 60; i++)
        x[i] += i < 51 ? 2 : -2;
    tap_ok(!mw_drift_of(x, 60).found, "thirds alone make no drift");
}

static void check_modes(void)
{
    static double x[1000];
    const size_t n[] = {40, 100, 1000};
    const double share[] = {0.25, 0.5, 0.75};
    uint64_t state = 4;
    for (size_t k = 0; k < COUNT(n); k++)
        for (size_t q = 0; q < COUNT(share); q++) {
            size_t found = 0;
            for (int s = 0; s < 50; s++) {
                autoregression(x, n[k], 0, 0.03, &state);
                for (size_t i = 0; i < n[k]; i++)
                    x[i] *= (double)(i * 7 % n[k]) < share[q] * (double)n[k] ? 55.0 / 30 : 1;
                const mw_modes m = mw_modes_of(x, n[k]);
                found += m.found && fabs(m.low / 30 - 1) <= 0.05 && fabs(m.high / 55 - 1) <= 0.05 &&
                         fabs(m.share_high - share[q]) < 1.01 / (double)n[k];
            }
            tap_ok(found == 50, "30 and 55 GB/s, n = %zu, %g of them high: found in %zu of 50", n[k], share[q], found);
        }
    for (int apart = 3; apart <= 6; apart += 3) { /* standard deviations */
        for (int i = 0; i < 1000; i++)
            x[i] = 30 + i % 2 * 10 + 10.0 / apart * mw_draw_normal(&state);
        tap_ok(mw_modes_of(x, 1000).found == (apart == 6), "two normal groups %d standard deviations apart", apart);
    }
    for (int i = 0; i < 100; i++)
        x[i] = i < 5 ? 60 : 30 + 0.01 * (i % 7);
    tap_ok(!mw_modes_of(x, 100).found, "a few outliers are no mode");
    for (int i = 0; i < 100; i++)
        x[i] = (i < 50 ? 30 : 32) + 0.001 * (i % 7);
    tap_ok(!mw_modes_of(x, 100).found, "two groups 7 %% apart are not far apart");
    for (int i = 0; i < 100; i++)
        x[i] = (i < 50 ? 30 : 32.6) + 0.001 * (i % 7);
    tap_ok(mw_modes_of(x, 100).found, "9 %% are");
    for (int i = 0; i < 100; i++)
        x[i] = 30 + i;
    tap_ok(!mw_modes_of(x, 100).found, "a uniform distribution has one mode");
    const mw_modes few = mw_modes_of(x, 39), flat = mw_modes_of((double[40]){0}, 40);
    tap_ok(!few.found && isnan(few.low) && isnan(few.high) && isnan(few.share_high), "too few values for modes");
    tap_ok(!flat.found && flat.low == 0 && flat.high == 0, "zeros have one mode");
}

int main(void)
{
    if (getenv("MEMWALL_TEST_QUICK"))
        tap_note("MEMWALL_TEST_QUICK: fewer simulated sets");
    check_false_alarms();
    check_drift();
    check_modes();
    return tap_done();
}
