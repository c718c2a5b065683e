/* What suite `why` measures in each process. */
#include "bench/why/why.h"

#include "bench/units/turns.h"
#include "bench/why/cached.h"
#include "bench/why/waterfall.h"
#include "engine/model_bytes.h"
#include "kernels/peak.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

enum { JOINS = 100 };        /* jobs for nothing in a round: each takes less than a microsecond */
enum { ITERATIONS = 10000 }; /* of the peak, in a round: about 50 us */

/* Of each unit, round by round. */
typedef struct extra {
    mw_cached *cached;
    double *cached_us, *join_us, *peak_gflops; /* [rounds]; the peak is that of one thread, 0: unknown */
    unsigned jobs;                             /* that a token gives to the pool */
} extra;

typedef struct measure {
    mw_units *units;
    size_t rounds;
    mw_unit_turn *turns; /* [n_units][rounds] */
    extra *of;           /* [n_units] */
    double peak_sum;     /* keeps the compiler from leaving it out */
} measure;

static void nothing(void *arg, int index, int threads)
{
    (void)arg, (void)index, (void)threads;
}

static void also(void *arg, mw_unit *u, size_t round)
{
    measure *m = arg;
    extra *e = &m->of[u - m->units->units];
    const uint64_t start = mw_clock_ns();
    for (int i = 0; i < JOINS; i++)
        mw_pool_run(u->pool, nothing, NULL);
    e->join_us[round] = u->threads == 1 ? 0 : (double)(mw_clock_ns() - start) * 1e-3 / JOINS;
    e->cached_us[round] = (double)mw_cached_run(e->cached) * 1e-3;
    const mw_kernel *k = u->variant->gemv;
    const mw_peak *peak = mw_peak_of(k->isa_name, mw_dtype_in_blocks(k->dtype));
    if (peak) {
        const uint64_t begin = mw_clock_ns();
        m->peak_sum += peak->run(ITERATIONS, 1, 1);
        e->peak_gflops[round] = (double)mw_peak_flops(peak, ITERATIONS) / (double)(mw_clock_ns() - begin);
    }
}

static int count_jobs(mw_unit *u, unsigned *jobs, mw_error *err)
{
    const unsigned before = mw_pool_jobs(u->pool);
    u->position = MW_TURN_POSITION;
    u->n_samples = 0;
    const int rc = mw_unit_decode(u, 1, 1, err);
    *jobs = mw_pool_jobs(u->pool) - before;
    return rc;
}

static int prepare(measure *m, int i, size_t l2, mw_error *err)
{
    mw_unit *u = &m->units->units[i];
    extra *e = &m->of[i];
    if (u->unavailable)
        return 0;
    e->cached_us = calloc(3 * m->rounds, sizeof *e->cached_us);
    if (!e->cached_us)
        return mw_fail(err, -ENOMEM, "no memory for %zu rounds; use fewer --tokens", m->rounds);
    e->join_us = e->cached_us + m->rounds;
    e->peak_gflops = e->join_us + m->rounds;
    int rc = mw_cached_create(u, l2, &e->cached, err);
    if (!rc)
        rc = count_jobs(u, &e->jobs, err);
    if (!rc)
        mw_cached_run(e->cached);
    return rc;
}

/* --- rows --- */

static double median(double *x, size_t n)
{
    mw_sort(x, n);
    return mw_percentile(x, n, 0.5);
}

/* Sums over the middle half, and what the other tokens add to the mean. */
static mw_token_times times_of(const measure *m, int i)
{
    static const bool product[MW_STEPS] = {[MW_STEP_QKV] = true,
                                           [MW_STEP_WO] = true,
                                           [MW_STEP_W1_W3] = true,
                                           [MW_STEP_W2] = true,
                                           [MW_STEP_CLASSIFIER] = true};
    const mw_unit *u = &m->units->units[i];
    const extra *e = &m->of[i];
    mw_unit_turn *turns = &m->turns[(size_t)i * m->rounds];
    size_t first, last;
    mw_turns_middle(turns, m->rounds, &first, &last);
    const double n = (double)(last - first), all = (double)m->rounds, join = median(e->join_us, m->rounds);
    const double layers = u->runner.model->config.n_layers; /* attention is one job of each */
    double slowness = 0, machine = 0;
    mw_token_times t = {
        .bytes = (double)mw_model_cost(u->runner.model, u->variant->gemv->dtype, 0).weight_bytes,
        .cached_us = median(e->cached_us, m->rounds),
        .attention_join_us = layers * join,
        .matrix_join_us = e->jobs > layers ? (e->jobs - layers) * join : 0,
    };
    for (size_t k = first; k < last; k++) {
        slowness += 1 / turns[k].roof_gbs / n;
        machine += turns[k].machine_gbs > 0 ? 1 / turns[k].machine_gbs / n : 0;
        t.usual_us += turns[k].plain_us / n;
        for (int step = 0; step < MW_STEPS; step++) {
            double *part = product[step] ? &t.matrices_us : step == MW_STEP_ATTENTION ? &t.attention_us : &t.small_us;
            *part += (double)turns[k].profile.ns[step] * 1e-3 / n;
        }
    }
    t.roof_gbs = 1 / slowness;
    t.machine_gbs = machine > 0 ? 1 / machine : 0;
    for (size_t k = 0; k < m->rounds; k++) {
        const double more = (turns[k].plain_us - t.usual_us) / all;
        t.mean_us += turns[k].plain_us / all;
        t.fault_us += turns[k].fault ? more : 0;
        t.stolen_us += turns[k].switched && !turns[k].fault ? more : 0;
    }
    return t;
}

/* Of the products in the cache; NAN where the instruction set has no peak. */
static double peak_fraction(const measure *m, int i, double cached_us)
{
    const extra *e = &m->of[i];
    const double peak = median(e->peak_gflops, m->rounds) * m->units->units[i].threads;
    return peak > 0 ? mw_cached_flops(e->cached) * 1e-3 / cached_us / peak : NAN;
}

static void record(const measure *m, int i)
{
    const mw_unit *u = &m->units->units[i];
    mw_session *s = m->units->session;
    if (u->unavailable) {
        mw_unit_record_unavailable(u, "tokens_per_s", "1/s", s);
        return;
    }
    const mw_token_times t = times_of(m, i);
    const size_t n = m->rounds;
    double ceiling_us, lost[MW_LOST_COUNT];
    mw_waterfall(&t, &ceiling_us, lost);
    mw_unit_row(s, u, &(mw_result){"tokens_per_s", "1/s", 1e6 / t.mean_us, n});
    mw_unit_row(s, u, &(mw_result){"token_us", "us", t.mean_us, n});
    mw_unit_row(s, u,
                &(mw_result){"ceiling_us", "us", ceiling_us, n,
                             .note = t.machine_gbs > 0 ? "weights at the machine roof"
                                                       : "weights at the roof of their own pages"});
    for (int k = 0; k < MW_LOST_COUNT; k++) {
        char step[32];
        snprintf(step, sizeof step, "step=%s", mw_lost_names[k]);
        mw_unit_row(s, u, &(mw_result){"lost_us", "us", lost[k], n, .param = step});
        mw_unit_row(s, u, &(mw_result){"lost_share", "1", lost[k] / t.mean_us, n, .param = step});
    }
    mw_unit_row(s, u, &(mw_result){"ceiling_share", "1", ceiling_us / t.mean_us, n});
    mw_unit_row(s, u, &(mw_result){"token_mb", "MB", t.bytes * 1e-6, 1, .note = "weights that one token reads"});
    mw_unit_row(s, u, &(mw_result){"roof_gbs", "GB/s", t.roof_gbs, n});
    mw_unit_row(s, u, &(mw_result){"machine_roof_gbs", "GB/s", t.machine_gbs > 0 ? t.machine_gbs : NAN, n});
    mw_unit_row(s, u,
                &(mw_result){"cached_gbs", "GB/s", t.bytes / t.cached_us * 1e-3, n,
                             .note = "the same products with weights in the cache"});
    mw_unit_row(s, u,
                &(mw_result){"cached_peak_fraction", "1", peak_fraction(m, i, t.cached_us), n,
                             .note = "their multiply-adds over the peak of the instruction set"});
    const mw_weights *w = u->runner.weights;
    const int64_t huge = mw_memory_huge(w->region, (size_t)w->region_bytes);
    mw_unit_row(s, u,
                &(mw_result){"huge_share", "1", huge == MW_UNKNOWN ? NAN : (double)huge / (double)w->region_bytes, 1,
                             .note = "of the weights, mapped by huge pages"});
}

int mw_why_measure(mw_units *units, size_t rounds, mw_error *err)
{
    mw_cache_info l2 = {0};
    measure m = {.units = units, .rounds = rounds};
    m.turns = calloc((size_t)units->n_units * rounds + 1, sizeof *m.turns);
    m.of = calloc((size_t)units->n_units + 1, sizeof *m.of);
    int rc = m.turns && m.of ? 0 : mw_fail(err, -ENOMEM, "no memory for %zu rounds; use fewer --tokens", rounds);
    if (!mw_topology_cache(units->session->topology, 2, &l2) || l2.bytes <= 0)
        l2.bytes = 256 << 10;
    for (int i = 0; i < units->n_units && !rc; i++)
        rc = prepare(&m, i, (size_t)l2.bytes, err);
    if (!rc)
        rc = mw_turns_take(units, "why", rounds, m.turns, also, &m, err);
    for (int i = 0; i < units->n_units && !rc; i++)
        record(&m, i);
    for (int i = 0; m.of && i < units->n_units; i++) {
        mw_cached_free(m.of[i].cached);
        free(m.of[i].cached_us);
    }
    free(m.of);
    free(m.turns);
    return rc;
}
