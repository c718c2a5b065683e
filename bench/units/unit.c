#include "bench/units/unit.h"
#include "platform/os.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

int mw_unit_create(mw_unit *u, uint64_t tokens, mw_error *err)
{
    const uint64_t blocks = 2 + tokens / MW_BLOCK_TOKENS;
    u->samples = calloc(tokens, sizeof *u->samples);
    u->blocks = calloc(blocks, sizeof *u->blocks);
    u->sweeps = calloc(blocks * (MW_BLOCK_TOKENS / MW_GROUP_TOKENS + 2), sizeof *u->sweeps);
    if (u->samples && u->blocks && u->sweeps)
        return 0;
    mw_unit_free(u);
    return mw_fail(err, -ENOMEM, "no memory for %llu samples; use fewer --tokens", (unsigned long long)tokens);
}

void mw_unit_free(mw_unit *u)
{
    mw_runner_close(&u->runner);
    free(u->samples);
    free(u->blocks);
    free(u->sweeps);
    u->samples = NULL;
    u->blocks = NULL;
    u->sweeps = NULL;
}

/* Feeds the prompt from position 0 on, all but its last token. */
static int feed_prompt(mw_decoder *decoder, const mw_session *s, mw_error *err)
{
    const size_t n = s->n_prompt - 1;
    if (n > 0 && !mw_decoder_prefill(decoder, s->prompt, n, 0))
        return mw_fail(err, -EINVAL, "a token of the prompt is not in the model's vocabulary");
    return mw_interrupted() ? mw_fail(err, -EINTR, "interrupted") : 0;
}

int mw_unit_first_token(mw_unit *u, const mw_session *s, mw_error *err)
{
    mw_runner r;
    int filled = mw_weights_refill(mw_model_source(u->runner.model), u->variant->load, err);
    if (filled)
        return filled;
    mw_faults before = mw_faults_now();
    uint64_t start = mw_clock_ns(), loaded = start, end = start;
    int rc = mw_runner_open(&r, u->variant, u->runner.model->file.path, err);
    if (!rc)
        rc = mw_runner_load(&r, err);
    loaded = mw_clock_ns();
    if (!rc)
        rc = mw_runner_ready(&r, u->pool, (uint32_t)mw_session_positions(s), err);
    uint64_t ready = mw_clock_ns();
    if (!rc) {
        int32_t token;
        const float *logits = mw_decoder_prefill(r.decoder, s->prompt, s->n_prompt, 0);
        rc =
            mw_next_token(logits, s->model.config.vocab_size, u->variant->name, (uint32_t)s->n_prompt - 1, &token, err);
        end = mw_clock_ns();
    }
    mw_faults after = mw_faults_now();
    u->load_ms = (double)(loaded - start) * 1e-6;
    u->ready_ms = (double)(ready - start) * 1e-6;
    u->ttft_ms = (double)(end - start) * 1e-6;
    u->first_faults = (mw_faults){after.minor - before.minor, after.major - before.major};
    mw_runner_close(&r);
    return rc;
}

int mw_unit_start(mw_unit *u, const mw_session *s, mw_error *err)
{
    u->position = (uint32_t)s->n_prompt - 1;
    u->token = s->prompt[u->position];
    int rc = mw_runner_ready(&u->runner, u->pool, (uint32_t)mw_session_positions(s), err);
    if (!rc)
        rc = feed_prompt(u->runner.decoder, s, err);
    if (!rc)
        mw_decoder_touch_embedding(u->runner.decoder);
    return rc;
}

/* Block `number`, the last one or a new one. */
static mw_block *block_of(mw_unit *u, uint32_t number)
{
    while (u->n_blocks <= number)
        u->blocks[u->n_blocks++] = (mw_block){.disturbance = {MW_UNKNOWN, MW_UNKNOWN, MW_UNKNOWN}};
    return &u->blocks[number];
}

static bool more(int64_t after, int64_t before)
{
    return after != MW_UNKNOWN && before != MW_UNKNOWN && after > before;
}

int mw_unit_decode(mw_unit *u, uint32_t number, uint32_t tokens, mw_error *err)
{
    mw_block *b = block_of(u, number);
    mw_decoder *decoder = u->runner.decoder;
    const mw_config *c = decoder ? &u->runner.model->config : NULL;
    const double swept = decoder ? (double)mw_model_swept_bytes(c, u->runner.weights) : 0;
    mw_counts counts, at_start;
    mw_joules joules, joules_at_start;
    mw_energy_read(u->energy, &joules_at_start); /* outside of the counters, which it would add to */
    mw_counters_read(u->counters, &at_start);
    mw_happenings before = mw_happenings_now();
    for (uint32_t i = 0; i < tokens && !mw_interrupted(); i++) {
        if (u->order)
            u->position = u->order[u->n_samples];
        uint64_t start = mw_clock_ns();
        const float *logits = decoder ? mw_decoder_forward(decoder, u->token, u->position) : NULL;
        int32_t next = -1;
        int rc = decoder ? mw_next_token(logits, c->vocab_size, u->variant->name, u->position, &next, err) : 0;
        mw_profile_mark(u->profile, MW_STEP_SAMPLING);
        uint64_t end = mw_clock_ns();
        if (rc)
            return rc;
        mw_happenings after = mw_happenings_now();
        const double bytes =
            decoder ? swept + (double)mw_model_token_cost(c, u->variant->gemv->dtype, u->position).kv_bytes : 0;
        u->samples[u->n_samples++] = (mw_sample){
            .position = u->position,
            .block = number,
            .latency_us = (double)(end - start) * 1e-3,
            .bytes = bytes,
            .fault = more(after.minor_faults + after.major_faults, before.minor_faults + before.major_faults),
            .switched = more(after.switches, before.switches),
            .moved = after.cpu != before.cpu};
        b->tokens++;
        b->tokens_us += (double)(end - start) * 1e-3;
        b->bytes += bytes;
        before = after;
        u->token = next;
        u->position++;
    }
    mw_counters_read(u->counters, &counts);
    mw_energy_read(u->energy, &joules);
    for (int i = 0; i < MW_COUNTER_COUNT; i++)
        b->counts.of[i] += counts.of[i] - at_start.of[i];
    for (int i = 0; i < MW_ENERGY_COUNT; i++)
        b->joules.of[i] += joules.of[i] - joules_at_start.of[i];
    return 0;
}

double mw_unit_sweep(mw_unit *u, uint32_t number)
{
    mw_block *b = block_of(u, number);
    double ns = mw_roof_sweep(u->roof, mw_roof_read(u->roof)), bytes = (double)mw_roof_bytes(u->roof);
    b->sweep_ns += ns;
    b->sweep_bytes += bytes;
    b->sweeps++;
    u->sweeps[u->n_sweeps++] = (mw_sweep){number, bytes / ns};
    return bytes / ns;
}

double mw_unit_overhead_ns(mw_pool *pool, mw_counters *counters, mw_energy *energy)
{
    enum { TRIES = 101 };
    mw_unit u = {.pool = pool, .counters = counters, .energy = energy};
    mw_error err;
    double ns[TRIES];
    for (int i = 0; i < TRIES; i++) {
        mw_sample samples[MW_GROUP_TOKENS];
        mw_block block;
        u.samples = samples;
        u.blocks = &block;
        u.n_samples = u.n_blocks = 0;
        uint64_t start = mw_clock_ns();
        mw_unit_decode(&u, 0, MW_GROUP_TOKENS, &err);
        ns[i] = (double)(mw_clock_ns() - start);
    }
    mw_sort(ns, TRIES);
    return mw_percentile(ns, TRIES, 0.5) / MW_GROUP_TOKENS;
}

/* --- tokens.csv, roof.csv and blocks.csv --- */

static const char *events_of(const mw_sample *x)
{
    static const char *const names[] = {NULL,        "fault",           "switch",           "fault switch",
                                        "migration", "fault migration", "switch migration", "fault switch migration"};
    return names[(x->fault ? 1 : 0) + (x->switched ? 2 : 0) + (x->moved ? 4 : 0)];
}

static void record_tokens(mw_session *session, const mw_unit *u)
{
    mw_csv *a = &session->artifact;
    const bool artifact = u->threads == 1 && a->n_rows == 0 && session->rep == 1 &&
                          strcmp(u->variant->gemv->name, "tvl16_neon") == 0 && !u->order;
    for (size_t i = 0; i < u->n_samples; i++) {
        const mw_sample *x = &u->samples[i];
        const mw_cell row[MW_TOKENS_COUNT] = {
            [MW_TOKENS_run_id] = mw_text(session->run_id),
            [MW_TOKENS_variant] = mw_text(u->variant->name),
            [MW_TOKENS_kernel] = mw_text(mw_kernel_label(u->variant->gemv)),
            [MW_TOKENS_load] = mw_text(mw_load_name(u->variant->load)),
            [MW_TOKENS_threads] = mw_whole(u->threads),
            [MW_TOKENS_rep] = mw_whole(session->rep),
            [MW_TOKENS_block] = mw_whole(x->block),
            [MW_TOKENS_phase] = mw_text(mw_sample_steady(x) ? "steady" : "warmup"),
            [MW_TOKENS_token_id] = mw_whole((int64_t)i),
            [MW_TOKENS_position] = mw_whole(x->position),
            [MW_TOKENS_latency_us] = mw_fixed(x->latency_us, 3),
            [MW_TOKENS_roof_gbs] = mw_real(x->roof_gbs > 0 ? x->roof_gbs : NAN),
            [MW_TOKENS_events] = mw_text(events_of(x)),
        };
        mw_csv_append(&session->tokens, row);
        if (artifact)
            mw_csv_append(a, (mw_cell[MW_ARTIFACT_COUNT]){mw_whole((int64_t)i), mw_fixed(x->latency_us, 0)});
    }
}

void mw_unit_record_sweeps(const mw_unit *u, const char *name, mw_session *session)
{
    for (size_t i = 0; i < u->n_sweeps; i++)
        mw_csv_append(&session->roof, (mw_cell[MW_ROOF_COUNT]){[MW_ROOF_run_id] = mw_text(session->run_id),
                                                               [MW_ROOF_variant] = mw_text(name),
                                                               [MW_ROOF_threads] = mw_whole(u->threads),
                                                               [MW_ROOF_rep] = mw_whole(session->rep),
                                                               [MW_ROOF_block] = mw_whole(u->sweeps[i].block),
                                                               [MW_ROOF_roof_gbs] = mw_real(u->sweeps[i].gbs)});
}

static void record_blocks(mw_session *session, const mw_unit *u)
{
    for (size_t i = 0; i < u->n_blocks; i++) {
        const mw_block *b = &u->blocks[i];
        mw_cell row[MW_BLOCKS_COUNT] = {
            [MW_BLOCKS_run_id] = mw_text(session->run_id),
            [MW_BLOCKS_variant] = mw_text(u->variant->name),
            [MW_BLOCKS_threads] = mw_whole(u->threads),
            [MW_BLOCKS_rep] = mw_whole(session->rep),
            [MW_BLOCKS_block] = mw_whole((int64_t)i),
            [MW_BLOCKS_tokens] = mw_whole(b->tokens),
            [MW_BLOCKS_tokens_us] = mw_fixed(b->tokens_us, 3),
            [MW_BLOCKS_bytes] = mw_fixed(b->bytes, 0),
            [MW_BLOCKS_sweeps] = mw_whole(b->sweeps),
            [MW_BLOCKS_roof_gbs] = mw_real(b->sweeps > 0 ? b->sweep_bytes / b->sweep_ns : NAN),
            [MW_BLOCKS_steal_us] = mw_whole(b->disturbance.steal_us),
            [MW_BLOCKS_cpu_pressure_us] = mw_whole(b->disturbance.cpu_pressure_us),
            [MW_BLOCKS_memory_pressure_us] = mw_whole(b->disturbance.memory_pressure_us),
        };
        for (int c = 0; c < MW_COUNTER_COUNT; c++) /* the columns stand in the order of mw_counter */
            row[MW_BLOCKS_cycles + c] = mw_fixed(b->counts.of[c], 0);
        mw_csv_append(&session->blocks, row);
    }
}

void mw_unit_record_tables(const mw_unit *u, mw_session *session)
{
    record_tokens(session, u);
    mw_unit_record_sweeps(u, u->variant->name, session);
    record_blocks(session, u);
}
