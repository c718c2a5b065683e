#include "bench/why/on_cpus.h"

#include "bench/run/rounds.h"
#include "bench/units/turns.h"

#include <errno.h>
#include <stdlib.h>

enum { ROUNDS = 16 };

/* What one of the turns works with. */
typedef struct place {
    const mw_on_cpus *on;
    mw_pool *pool;
    mw_runner runner;
    mw_roof *roof;
    double us[ROUNDS], gbs[2 * ROUNDS];
    size_t done; /* rounds */
} place;

static int take_token(place *p, double *us, mw_error *err)
{
    int32_t token;
    const uint64_t start = mw_clock_ns();
    const float *logits = mw_decoder_forward(p->runner.decoder, 0, MW_TURN_POSITION);
    *us = (double)(mw_clock_ns() - start) * 1e-3;
    return mw_next_token(logits, p->runner.model->config.vocab_size, p->runner.variant->name, MW_TURN_POSITION, &token,
                         err);
}

static int open_place(place *p, mw_units *units, const mw_unit *unit, mw_weights *weights, mw_error *err)
{
    static const int32_t zeros[MW_TURN_POSITION];
    const mw_session *s = units->session;
    double us;
    int rc = mw_pool_create(p->on->threads, s->topology, p->on->cpus, p->on->n_cpus, &p->pool, err);
    if (rc)
        return rc;
    for (int t = 0; t < p->on->threads && p->on->node != MW_UNKNOWN; t++)
        mw_pool_override_node(p->pool, t, p->on->node);
    p->runner = mw_runner_of(unit->variant, unit->runner.model);
    mw_runner_lend(&p->runner, weights);
    rc = mw_runner_ready(&p->runner, p->pool, MW_TURN_POSITION + 1, err);
    if (!rc)
        rc = mw_roof_of_weights(&p->runner.model->config, weights, p->pool, &p->roof, err);
    if (!rc && !mw_decoder_prefill(p->runner.decoder, zeros, MW_TURN_POSITION, 0))
        rc = mw_fail(err, -EINVAL, "%s: the model has no position %d", unit->variant->name, MW_TURN_POSITION);
    return rc ? rc : take_token(p, &us, err);
}

static void close_place(place *p)
{
    mw_roof_free(p->roof);
    mw_runner_close(&p->runner);
    mw_pool_free(p->pool);
}

static int take_turn(place *p, const mw_session *s, unsigned read, mw_error *err)
{
    mw_topology_bind(s->topology, p->on->cpus[0]); /* this thread is the first of every pool */
    p->gbs[2 * p->done] = (double)mw_roof_bytes(p->roof) / mw_roof_sweep(p->roof, read);
    const int rc = take_token(p, &p->us[p->done], err);
    p->gbs[2 * p->done + 1] = (double)mw_roof_bytes(p->roof) / mw_roof_sweep(p->roof, read);
    p->done++;
    return rc;
}

static double median(double *x, size_t n)
{
    mw_sort(x, n);
    return mw_percentile(x, n, 0.5);
}

static void record(place *p, mw_session *s)
{
    const mw_on_cpus *on = p->on;
    if (p->done == 0)
        return;
    mw_session_record(s, p->runner.variant, on->threads,
                      &(mw_result){"on_cpus_tokens_per_s", "1/s", 1e6 / median(p->us, p->done), p->done,
                                   .param = on->param, .note = "median token"});
    mw_session_record(s, p->runner.variant, on->threads,
                      &(mw_result){"on_cpus_roof_gbs", "GB/s", median(p->gbs, 2 * p->done), 2 * p->done,
                                   .param = on->param, .note = "median sweep"});
}

int mw_on_cpus_measure(mw_units *units, const mw_unit *unit, mw_weights *weights, mw_on_cpus *turns, int n,
                       mw_error *err)
{
    mw_session *s = units->session;
    place *places = calloc((size_t)n, sizeof *places);
    int rc = places ? 0 : mw_fail(err, -ENOMEM, "no memory for %d sets of threads", n);
    for (int i = 0; i < n && !rc; i++) {
        places[i].on = &turns[i];
        rc = open_place(&places[i], units, unit, weights, err);
    }
    mw_rounds r = {.session = s, .items = rc ? 0 : (size_t)n, .rounds = ROUNDS};
    while (!rc && mw_rounds_next(&r, &rc, err)) {
        mw_progress_say(&s->progress, "%s, round %zu of %d", turns[r.item].param, r.round + 1, ROUNDS);
        rc = take_turn(&places[r.item], s, unit->roof_read, err);
    }
    for (int i = 0; places && i < n; i++) {
        if (!rc)
            record(&places[i], s);
        close_place(&places[i]);
    }
    mw_topology_bind(s->topology, s->cpus[0]);
    free(places);
    return rc;
}
