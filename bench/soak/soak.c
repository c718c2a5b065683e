#include "bench/soak/soak.h"
#include "bench/run/suite.h"

#include "bench/run/summary.h"
#include "bench/units/units.h"
#include "platform/cli.h"
#include "platform/os.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WINDOW_S = 10 };

/* A turn: the same tokens each time, so that turns are alike. */
typedef struct turn {
    double at_s, tokens_per_s, roof_gbs;
} turn;

typedef struct turns {
    turn *at;
    size_t n, room;
} turns;

static int add_turn(turns *t, turn one, mw_error *err)
{
    if (t->n == t->room) {
        const size_t room = t->room ? 2 * t->room : 256;
        turn *more = realloc(t->at, room * sizeof *more);
        if (!more)
            return mw_fail(err, -ENOMEM, "no memory for %zu turns", room);
        t->at = more;
        t->room = room;
    }
    t->at[t->n++] = one;
    return 0;
}

static void emit(mw_session *s, const mw_unit *u, const char *phase, const char *name, const char *unit, double value,
                 size_t n, const char *param, const char *note)
{
    mw_unit_row(s, u, &(mw_result){name, unit, value, n, .phase = phase, .param = param, .note = note, .rep = -1});
}

/* Turns [first, last) as one window. */
static void record_window(mw_session *s, const mw_unit *u, const turns *t, size_t first, size_t last, double second)
{
    char param[32];
    double rate = 0, roof = 0;
    for (size_t i = first; i < last; i++) {
        rate += 1 / t->at[i].tokens_per_s;
        roof += 1 / t->at[i].roof_gbs;
    }
    const double n = (double)(last - first);
    snprintf(param, sizeof param, "second=%.0f", second);
    emit(s, u, "window", "tokens_per_s", "1/s", n / rate, last - first, param, "n: turns");
    emit(s, u, "window", "roof_gbs", "GB/s", n / roof, last - first, param, "n: sweeps");
    const struct {
        const char *name, *unit;
        double value;
    } facts[] = {{"cpu_mhz", "MHz", mw_cpu_mhz()}, {"celsius", "C", mw_celsius()}};
    for (int i = 0; i < 2; i++)
        emit(s, u, "window", facts[i].name, facts[i].unit, facts[i].value, 1, param,
             isfinite(facts[i].value) ? "at the end of the window" : "this system does not tell");
}

/* Last third over first third where mw_drift_of finds a drift, 1 where it finds none. */
static void record_drift(mw_session *s, const mw_unit *u, const turns *t, const char *param, bool of_roof)
{
    double *x = malloc((t->n + 1) * sizeof *x);
    if (!x) {
        s->results.out_of_memory = true;
        return;
    }
    for (size_t i = 0; i < t->n; i++)
        x[i] = of_roof ? t->at[i].roof_gbs : t->at[i].tokens_per_s;
    const mw_drift d = mw_drift_of(x, t->n);
    char note[128] = "fewer than 40 turns tell nothing about a drift";
    if (isfinite(d.from))
        snprintf(note, sizeof note, "medians of the first and last third: %.4g and %.4g; %s", d.from, d.to,
                 d.found ? "a drift" : "no drift");
    emit(s, u, "soak", "soak_drift", "1", !isfinite(d.from) ? NAN : d.found ? d.to / d.from : 1, t->n, param, note);
    free(x);
}

static int turn_of(mw_unit *u, const mw_session *s, uint32_t tokens, double *before, turn *one, mw_error *err)
{
    u->n_samples = u->n_sweeps = 0;
    u->position = (uint32_t)s->n_prompt - 1;
    u->token = s->prompt[u->position];
    int rc = mw_unit_decode(u, 1, tokens, err);
    if (!rc && mw_interrupted())
        rc = mw_fail(err, -EINTR, "interrupted");
    if (rc)
        return rc;
    double us = 0;
    for (size_t i = 0; i < u->n_samples; i++)
        us += u->samples[i].latency_us;
    const double after = mw_unit_sweep(u, 1);
    *one = (turn){.tokens_per_s = 1e6 * (double)u->n_samples / us, .roof_gbs = 2 / (1 / *before + 1 / after)};
    *before = after;
    return 0;
}

static int soak(mw_session *s, mw_unit *u, turns *t, mw_error *err)
{
    const uint32_t tokens = (uint32_t)s->options->tokens;
    const double seconds = *(const double *)s->options->own;
    double before = 0, window = WINDOW_S;
    size_t first = 0;
    turn one;
    int rc = turn_of(u, s, tokens, &(double){1}, &one, err); /* to warm up */
    if (!rc)
        before = mw_unit_sweep(u, 1);
    const uint64_t start = mw_clock_ns();
    for (double now = 0; now < seconds && !rc;) {
        rc = turn_of(u, s, tokens, &before, &one, err);
        now = (double)(mw_clock_ns() - start) * 1e-9;
        one.at_s = now;
        if (!rc)
            rc = add_turn(t, one, err);
        mw_progress_say(&s->progress, "soaking: %.0f of %.0f s, %.1f tokens/s", now, seconds, one.tokens_per_s);
        if (!rc && (now >= window || now >= seconds)) {
            record_window(s, u, t, first, t->n, now);
            first = t->n;
            window = now + WINDOW_S;
        }
    }
    if (rc)
        return rc;
    emit(s, u, "soak", "soak_s", "s", t->at[t->n - 1].at_s, t->n, NULL, "n: turns");
    record_drift(s, u, t, "of=tokens_per_s", false);
    record_drift(s, u, t, "of=roof_gbs", true);
    return 0;
}

int mw_soak_suite(mw_session *session, const mw_variant *variants, int n, mw_error *err)
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
    free(t.at);
    return mw_units_end(&s, rc, err);
}

void mw_soak_report(const mw_session *s, mw_page *page)
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
    *seconds = *seconds > 0 ? *seconds : 60;
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
    .run = mw_soak_suite,
    .report = mw_soak_report,
};
