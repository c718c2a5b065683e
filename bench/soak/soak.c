/* Suite `soak`: does a long run slow down? It decodes the same tokens over and over for --soak seconds with the first
 * variant on the first thread count, a sweep of its roof next to each turn. Rows of phase `window`: tokens/s, roof,
 * clock and temperature of every 10 s; of phase `soak`: how long it was and how far tokens/s and the roof drifted. */
#include "bench/run/suite.h"
#include "bench/units/units.h"
#include "platform/cli.h"
#include "platform/os.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WINDOW_S = 10 };

/* Of each turn, which is the same tokens each time, so that turns are alike. */
enum { TOKENS_PER_S, ROOF_GBS, SERIES };

typedef struct turns {
    double *of[SERIES];
    size_t n, room;
} turns;

static int add_turn(turns *t, double tokens_per_s, double roof_gbs, mw_error *err)
{
    if (t->n == t->room) {
        t->room = t->room ? 2 * t->room : 256;
        for (int i = 0; i < SERIES; i++) {
            double *more = realloc(t->of[i], t->room * sizeof *more);
            if (!more)
                return mw_fail(err, -ENOMEM, "no memory for %zu turns", t->room);
            t->of[i] = more;
        }
    }
    t->of[TOKENS_PER_S][t->n] = tokens_per_s;
    t->of[ROOF_GBS][t->n++] = roof_gbs;
    return 0;
}

static void emit(mw_session *s, const mw_unit *u, const char *phase, const char *name, const char *unit, double value,
                 size_t n, const char *param, const char *note)
{
    mw_unit_row(s, u, &(mw_result){name, unit, value, n, .phase = phase, .param = param, .note = note, .rep = -1});
}

static double harmonic_mean(const double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += 1 / x[i];
    return (double)n / sum;
}

/* The turns from `first` on as one window. */
static void record_window(mw_session *s, const mw_unit *u, const turns *t, size_t first, double second)
{
    static const char none[] = "this system does not report it", at_end[] = "at the end of the window";
    const double mhz = mw_cpu_mhz(), celsius = mw_celsius();
    const double rate = harmonic_mean(t->of[TOKENS_PER_S] + first, t->n - first);
    const double roof = harmonic_mean(t->of[ROOF_GBS] + first, t->n - first);
    char param[32];
    snprintf(param, sizeof param, "second=%.0f", second);
    emit(s, u, "window", "tokens_per_s", "1/s", rate, t->n - first, param, "n: turns");
    emit(s, u, "window", "roof_gbs", "GB/s", roof, t->n - first, param, "n: sweeps");
    emit(s, u, "window", "cpu_mhz", "MHz", mhz, 1, param, isfinite(mhz) ? at_end : none);
    emit(s, u, "window", "celsius", "C", celsius, 1, param, isfinite(celsius) ? at_end : none);
}

/* Last third over first third where mw_drift_of finds a drift, 1 where it finds none. */
static void record_drift(mw_session *s, const mw_unit *u, const double *x, size_t n, const char *param)
{
    const mw_drift d = mw_drift_of(x, n);
    char note[128] = "fewer than 40 turns: too few to detect a drift";
    if (isfinite(d.from))
        snprintf(note, sizeof note, "medians of the first and last third: %.4g and %.4g; %s", d.from, d.to,
                 d.found ? "a drift" : "no drift");
    emit(s, u, "soak", "soak_drift", "1", !isfinite(d.from) ? NAN : d.found ? d.to / d.from : 1, n, param, note);
}

/* *before: the sweep before this turn, and then the one after it. */
static int take_turn(mw_unit *u, const mw_session *s, double *before, turns *t, mw_error *err)
{
    u->n_samples = u->n_sweeps = 0;
    u->position = (uint32_t)s->n_prompt - 1;
    u->token = s->prompt[u->position];
    int rc = mw_unit_decode(u, 1, (uint32_t)s->options->tokens, err);
    if (!rc && mw_interrupted())
        rc = mw_fail(err, -EINTR, "interrupted");
    if (rc)
        return rc;
    double us = 0;
    for (size_t i = 0; i < u->n_samples; i++)
        us += u->samples[i].latency_us;
    const double after = mw_unit_sweep(u, 1), roof_gbs = 2 / (1 / *before + 1 / after);
    *before = after;
    return add_turn(t, 1e6 * (double)u->n_samples / us, roof_gbs, err);
}

static int soak(mw_session *s, mw_unit *u, turns *t, mw_error *err)
{
    const double seconds = *(const double *)s->options->own;
    double before = 1, now = 0, window = WINDOW_S;
    int rc = take_turn(u, s, &before, t, err);
    t->n = 0; /* that was to warm up */
    const uint64_t start = mw_clock_ns();
    for (size_t first = 0; now < seconds && !rc;) {
        rc = take_turn(u, s, &before, t, err);
        if (rc)
            break;
        now = (double)(mw_clock_ns() - start) * 1e-9;
        mw_progress_say(&s->progress, "soaking: %.0f of %.0f s, %.1f tokens/s", now, seconds,
                        t->of[TOKENS_PER_S][t->n - 1]);
        if (now >= window || now >= seconds) {
            record_window(s, u, t, first, now);
            first = t->n;
            window = now + WINDOW_S;
        }
    }
    if (rc)
        return rc;
    emit(s, u, "soak", "soak_s", "s", now, t->n, NULL, "n: turns");
    record_drift(s, u, t->of[TOKENS_PER_S], t->n, "of=tokens_per_s");
    record_drift(s, u, t->of[ROOF_GBS], t->n, "of=roof_gbs");
    return 0;
}

static int run(mw_session *session, const mw_variant *variants, int n, mw_error *err)
{
    mw_units s = {.lone = true}; /* one variant is heat enough */
    turns t = {0};
    int rc = mw_units_open(&s, session, variants, n, err);
    if (!rc)
        rc = mw_units_start(&s, err);
    if (!rc)
        rc = mw_units_raise_roofs(&s, err);
    if (!rc && s.n_units > 0)
        rc = soak(session, s.units, &t, err);
    for (int i = 0; i < SERIES; i++)
        free(t.of[i]);
    return mw_units_end(&s, rc, err);
}

static void report(const mw_session *s, mw_page *page)
{
    static const mw_column windows[] = {
        {"until s", 10, MW_SHOW_PARAM, .param = "second"}, {"tokens/s", 10, MW_SHOW_VALUE, 1},
        {"roof GB/s", 10, MW_SHOW_VALUE, 1, "roof_gbs"},   {"MHz", 8, MW_SHOW_VALUE, 1, "cpu_mhz"},
        {"deg C", 8, MW_SHOW_VALUE, 1, "celsius"},         {0},
    };
    (void)s;
    mw_page_rows(page, windows, &(mw_filter){.metric = "tokens_per_s", .phase = "window"}, MW_AS_RECORDED);
    mw_page_heading(page, "drift");
    for (mw_row r = {0}; mw_rows_next(page->results, &(mw_filter){.metric = "soak_drift"}, &r);)
        mw_page_item(page, "%s: %s", r.param + strlen("of="), r.note);
}

static int set_soak(void *own, const char *value, mw_error *err)
{
    return mw_cli_number("soak", value, 1, 1e6, own, err);
}

static const mw_suite_option options[] = {
    {"soak", "S", "seconds of the long run (60)", set_soak},
    {0},
};

static int complete(mw_options *o, mw_error *err)
{
    double *seconds = o->own;
    (void)err;
    if (*seconds == 0)
        *seconds = 60;
    return 0;
}

static const mw_refusal refusals[] = {
    {"reps", "it is one long run"},
    {0},
};

const mw_suite mw_suite_soak = {
    .name = "soak",
    .help = "does a long run slow down?",
    .processes = MW_ONE_PROCESS,
    .options = options,
    .own_bytes = sizeof(double), /* seconds */
    .refuses = refusals,
    .apart = true,
    .complete = complete,
    .run = run,
    .report = report,
};
