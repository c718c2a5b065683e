#include "bench/decode/decode.h"
#include "bench/run/suite.h"

#include "bench/run/rounds.h"
#include "bench/units/units.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- sampling --- */

static int first_tokens(mw_units *s, mw_error *err)
{
    int rc = 0;
    for (int i = 0; i < s->n_units && !rc; i++) {
        if (s->units[i].pool_index > 0) /* the first thread count will do: most of this time is loading */
            continue;
        mw_progress_say(&s->session->progress, "time to first token, %d of %d: %s", i + 1, s->n_units,
                        s->units[i].variant->name);
        if (mw_interrupted())
            return mw_fail(err, -EINTR, "interrupted");
        rc = mw_units_keep_unavailable(s, &s->units[i], mw_unit_first_token(&s->units[i], s->session, err), err);
    }
    return rc;
}

static int64_t since(int64_t after, int64_t before)
{
    return after == MW_UNKNOWN || before == MW_UNKNOWN ? MW_UNKNOWN : after - before;
}

/* Groups of tokens between sweeps of the roof. What stood next to a token is the mean of both sweeps around its group,
 * so that a drift cancels and a stall of one sweep counts for half. */
static int tokens_and_sweeps(mw_unit *u, uint32_t block, uint32_t tokens, mw_error *err)
{
    int rc = 0;
    double before = mw_unit_sweep(u, block);
    for (uint32_t done = 0; done < tokens && !rc && !mw_interrupted(); done += MW_GROUP_TOKENS) {
        const uint32_t n = tokens - done < MW_GROUP_TOKENS ? tokens - done : MW_GROUP_TOKENS;
        size_t first = u->n_samples;
        rc = mw_unit_decode(u, block, n, err);
        const double after = mw_unit_sweep(u, block);
        for (; first < u->n_samples; first++)
            u->samples[first].roof_gbs = 2 / (1 / before + 1 / after);
        before = after;
    }
    return rc;
}

static int one_block(mw_unit *u, uint32_t block, uint32_t tokens, mw_error *err)
{
    mw_disturbance start = mw_disturbance_now();
    mw_faults before = mw_faults_now();
    int rc = block == 0 ? mw_unit_decode(u, 0, tokens, err) : tokens_and_sweeps(u, block, tokens, err);
    mw_faults after = mw_faults_now();
    mw_disturbance end = mw_disturbance_now();
    u->blocks[block].disturbance =
        (mw_disturbance){since(end.steal_us, start.steal_us), since(end.cpu_pressure_us, start.cpu_pressure_us),
                         since(end.memory_pressure_us, start.memory_pressure_us)};
    if (block > 0) { /* the first block holds the warm-up */
        u->faults.minor += after.minor - before.minor;
        u->faults.major += after.major - before.major;
    }
    return rc;
}

/* A sum with a part that is not known is not known. */
static void add_known(int64_t *sum, int64_t more)
{
    *sum = *sum == MW_UNKNOWN || more == MW_UNKNOWN ? MW_UNKNOWN : *sum + more;
}

static void finish(mw_units *s, mw_unit *u)
{
    const mw_weights *w = u->runner.weights;
    u->huge_bytes = u->weights_resident = 0;
    for (int i = 0; i < w->n_copies; i++) {
        add_known(&u->huge_bytes, mw_memory_huge(w->copy[i], (size_t)w->region_bytes));
        add_known(&u->weights_resident, mw_file_resident(w->copy[i], (size_t)w->region_bytes));
    }
    u->resident_bytes = mw_memory_resident();
    if (u->resident_bytes != MW_UNKNOWN && s->huge)
        u->resident_bytes -= (int64_t)s->huge_bytes; /* the machine roof's block is no part of decoding */
    u->stored_bytes = w->bytes;
    for (size_t i = 0; i < w->n; i++)
        u->weight_bytes += w->matrix[i].rows * mw_dtype_bytes(w->matrix[i].dtype, w->matrix[i].cols);
    mw_units_release(s, u); /* not needed any more */
}

/* A block of a unit, or a sweep of a machine roof. */
static int turn(mw_units *s, const mw_rounds *r, mw_error *err)
{
    const uint64_t tokens = s->session->options->tokens;
    const uint32_t block = (uint32_t)r->round;
    if (r->item >= (size_t)s->n_units) {
        mw_unit *m = &s->machine[r->item - (size_t)s->n_units];
        if (m->roof && block > 0)
            mw_unit_sweep(m, block);
        return 0;
    }
    mw_unit *u = &s->units[r->item];
    if (u->unavailable)
        return 0;
    uint64_t done;
    const uint32_t n = mw_block_tokens(tokens, block, &done);
    mw_progress_say(&s->session->progress, "token %llu of %llu: %s, %d thread%s", (unsigned long long)done,
                    (unsigned long long)tokens, u->variant->name, u->threads, u->threads == 1 ? "" : "s");
    int rc = one_block(u, block, n, err);
    if (!rc && done + n == tokens)
        finish(s, u);
    return rc;
}

static int sample(mw_units *s, mw_error *err)
{
    mw_rounds r = {.session = s->session,
                   .items = (size_t)(s->n_units + s->n_pools),
                   .rounds = mw_blocks_of(s->session->options->tokens)};
    int rc = 0;
    while (mw_rounds_next(&r, &rc, err)) {
        rc = turn(s, &r, err);
        if (!rc && r.round == 0 && mw_rounds_last(&r) && !mw_interrupted())
            rc = mw_units_raise_roofs(s, err);
    }
    return rc;
}

/* What a unit is compared with: in the A/A suite its twin, else the first one with as many threads. */
static const mw_unit *baseline_of(const mw_units *s, const mw_unit *u)
{
    const bool any = !s->session->options->suite->twins;
    for (const mw_unit *b = s->units; b < u; b++)
        if (b->threads == u->threads && !b->unavailable &&
            (any || (b->variant->gemv == u->variant->gemv && b->variant->load == u->variant->load)))
            return b;
    return u;
}

static void record_unit(const mw_units *s, int index)
{
    const mw_unit *u = &s->units[index], *machine = &s->machine[u->pool_index];
    mw_unit_record(u, baseline_of(s, u), machine->roof ? machine : NULL, s->session);
}

static void record_all(mw_units *s, mw_unit_recorder *record)
{
    for (int i = 0; i < s->n_units; i++) {
        if (!s->units[i].unavailable)
            mw_unit_record_tables(&s->units[i], s->session);
        record(s, i);
    }
    for (int i = 0; i < s->n_pools; i++) {
        const mw_unit *m = &s->machine[i];
        mw_unit_record_sweeps(m, "machine", s->session);
        mw_session_record(
            s->session, NULL, mw_pool_threads(s->pools[i]),
            &(mw_result){"harness_overhead_ns", "ns", mw_unit_overhead_ns(s->pools[i], s->counters[i], s->energy), 1,
                         .phase = "environment", .note = "a token of an empty timed group; outside of its latency"});
    }
    const char *missing = s->n_pools > 0 ? mw_counters_missing(s->counters[0]) : NULL;
    if (missing)
        mw_session_warn(s->session, "counters: %s", missing);
    if (s->session->unbound)
        mw_session_warn(s->session, MW_UNBOUND_WARNING);
}

int mw_decode_in_turns(mw_session *session, const mw_variant *variants, int n, const uint32_t *order,
                       mw_unit_recorder *record, mw_error *err)
{
    mw_units s = {.machine_roofs = !session->options->suite->no_machine_roof};
    int rc = mw_units_open(&s, session, variants, n, err);
    for (int i = 0; i < s.n_units; i++)
        s.units[i].order = order;
    /* A look in the first repetition: the distribution of the time to first token is a matter of its own. */
    if (!rc && session->rep == 1 && session->options->suite->first_token)
        rc = first_tokens(&s, err);
    if (!rc)
        rc = mw_units_start(&s, err);
    if (!rc)
        rc = sample(&s, err);
    if (!rc)
        record_all(&s, record);
    return mw_units_end(&s, rc, err);
}

int mw_decode_suite(mw_session *session, const mw_variant *variants, int n, mw_error *err)
{
    return mw_decode_in_turns(session, variants, n, NULL, record_unit, err);
}

const mw_suite mw_suite_decode = {
    .name = "decode",
    .help = "tokens per second of every variant next to its roof",
    .processes = MW_REPETITIONS,
    .precision = true,
    .plot = true,
    .first_token = true,
    .between_processes = true,
    .run = mw_decode_suite,
    .report = mw_decode_report,
    .shows_warnings = true,
};
