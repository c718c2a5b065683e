#include "bench/aa/aa.h"

#include "bench/decode/decode.h"
#include "bench/run/suite.h"
#include "bench/stats/random.h"
#include "bench/stats/stats.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* --- synthetic data sets --- */

/* Two equal things, A and B, on a machine that is shared with others. On one axis of time, a slot a block, the log of
 * the bandwidth is the sum of what follows. Only the last three tell A from B, and they are drawn alike for both. */
static const double states_gbs[2] = {30, 55};           /* the machine is in one or the other */
static const double switching = 1.0 / 20;               /* and leaves it with this chance at every slot */
static const double most_drift = 0.3;                   /* over a run, as a share */
static const double wander_sd = 0.05, wander_rho = 0.9; /* first-order autoregression */
static const double process_sd = 0.02;                  /* where this process's memory lies */
static const double own_sd = 0.01;                      /* where A's or B's own weights lie in it */
static const double block_sd = 0.02;
static const double outliers = 0.01, outlier = 1.5; /* share of blocks, and how much slower those are */

typedef struct machine {
    uint64_t *random;
    double level; /* of the drift */
    double slope; /* a slot; of the random walk, its standard deviation */
    bool walks;
    double wander;
    int state;
} machine;

static machine start(uint64_t *random, double slots)
{
    const double drift = log1p(most_drift) * (2 * mw_draw_share(random) - 1);
    machine m = {.random = random, .walks = mw_draw_share(random) < 0.5, .state = mw_draw_share(random) < 0.5};
    m.slope = drift / (m.walks ? sqrt(slots) : slots);
    m.wander = wander_sd * mw_draw_normal(random);
    return m;
}

/* Log of the bandwidth in the next slot. */
static double step(machine *m)
{
    m->wander = wander_rho * m->wander + wander_sd * sqrt(1 - wander_rho * wander_rho) * mw_draw_normal(m->random);
    m->level += m->walks ? m->slope * mw_draw_normal(m->random) : m->slope;
    if (mw_draw_share(m->random) < switching)
        m->state = !m->state;
    return log(states_gbs[m->state]) + m->level + m->wander;
}

/* What one process says about A / B; logs[blocks] is room to work in. */
static double process(machine *m, size_t blocks, double *logs)
{
    const double common = process_sd * mw_draw_normal(m->random);
    const double own[2] = {own_sd * mw_draw_normal(m->random), own_sd * mw_draw_normal(m->random)};
    for (size_t i = 0; i < blocks; i++) {
        const int first = mw_draw_share(m->random) < 0.5;
        double pair[2];
        for (int k = 0; k < 2; k++) {
            const int which = first ^ k;
            pair[which] = step(m) + common + own[which] + block_sd * mw_draw_normal(m->random);
            if (mw_draw_share(m->random) < outliers)
                pair[which] -= log(outlier);
        }
        logs[i] = pair[0] - pair[1];
    }
    return mw_process_log_ratio(logs, blocks);
}

/* x[] and logs[] are room for the processes' values and for the blocks of one. */
static bool different(const mw_aa_design *d, uint64_t *random, double *x, double *logs)
{
    const size_t longest = d->precision > 0 && d->most_processes > d->processes ? d->most_processes : d->processes;
    machine m = start(random, 2.0 * (double)longest * (double)d->blocks);
    size_t n = d->processes;
    for (size_t i = 0; i < n; i++) {
        x[i] = process(&m, d->blocks, logs);
        if (i + 1 == d->processes && d->precision > 0)
            n = mw_stein_clusters(x, d->processes, log1p(d->precision), d->most_processes);
    }
    const mw_interval interval = d->precision > 0 ? mw_interval_stein(x, n, d->processes) : mw_interval_mean(x, n);
    return interval.low > 0 || interval.high < 0;
}

int mw_aa_synthetic(const mw_aa_design *design, size_t sets, uint64_t seed, mw_aa_rate *rate)
{
    *rate = (mw_aa_rate){.sets = sets};
    if (design->processes < 2 || design->blocks < 1 || sets < 1)
        return -EINVAL;
    const size_t most = design->processes > design->most_processes ? design->processes : design->most_processes;
    double *x = calloc(most, sizeof *x), *logs = calloc(design->blocks, sizeof *logs);
    for (size_t i = 0; i < sets && x && logs; i++)
        rate->different += different(design, &seed, x, logs);
    const int rc = x && logs ? 0 : -ENOMEM;
    free(x);
    free(logs);
    const mw_interval interval = mw_interval_rate(rate->different, sets);
    rate->low = interval.low;
    rate->high = interval.high;
    return rc;
}

/* --- the suite --- */

/* Suite decode over every variant and, directly after it, itself under its second name. */
static int run(mw_session *s, const mw_variant *variants, int n, mw_error *err)
{
    static mw_variant twins[2 * MW_MAX_VARIANTS];
    for (int i = 0; i < n; i++) {
        twins[2 * i] = twins[2 * i + 1] = variants[i];
        snprintf(twins[2 * i + 1].name, sizeof twins->name, "%.*s%s", (int)(sizeof twins->name - sizeof MW_TWIN_SUFFIX),
                 variants[i].name, MW_TWIN_SUFFIX);
    }
    return mw_decode_suite(s, twins, 2 * n, err);
}

/* How often a design like this run's calls equal things different: rows `aa_false_rate`, with and without the stop
 * rule. */
static int conclude(mw_session *s, mw_error *err)
{
    enum { SETS = 1000 };
    const mw_options *o = s->options;
    if (o->reps < 2)
        return 0; /* no interval, no verdict */
    for (int stop_rule = 0; stop_rule < 2; stop_rule++) {
        const mw_aa_design design = {.processes = (size_t)o->reps,
                                     .blocks = mw_blocks_of(o->tokens) - 1,
                                     .precision = stop_rule ? (o->precision > 0 ? o->precision : 0.02) : 0,
                                     .most_processes = 40};
        mw_aa_rate rate;
        char rule[32] = "", param[96];
        if (mw_aa_synthetic(&design, SETS, o->seed, &rate))
            return mw_fail(err, -ENOMEM, "no memory for synthetic data sets");
        if (stop_rule)
            snprintf(rule, sizeof rule, ";precision=%g%%", 100 * design.precision);
        snprintf(param, sizeof param, "blocks=%zu%s;processes=%zu", design.blocks, rule, design.processes);
        mw_session_record(s, NULL, 0,
                          &(mw_result){"aa_false_rate", "1", (double)rate.different / (double)rate.sets, rate.sets,
                                       .phase = "synthetic", .ci = &(mw_interval){rate.low, rate.high}, .param = param,
                                       .note = stop_rule ? "processes: the first stage of the stop rule" : NULL,
                                       .provenance = "modelled", .rep = -1});
    }
    return 0;
}

const mw_suite mw_suite_aa = {
    .name = "aa",
    .help = "the same variant under two names",
    .processes = MW_REPETITIONS,
    .precision = true,
    .twins = true,
    .between_processes = true,
    .run = run,
    .conclude = conclude,
    .report = mw_aa_report,
    .shows_warnings = true,
};
