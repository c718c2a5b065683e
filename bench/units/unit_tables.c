/* From the samples of a unit to tokens.csv, roof.csv and blocks.csv. */
#include "bench/units/unit.h"
#include "platform/os.h"

#include <math.h>
#include <string.h>

static const char *events_of(const mw_sample *x)
{
    static const char *const names[] = {NULL,        "fault",           "switch",           "fault switch",
                                        "migration", "fault migration", "switch migration", "fault switch migration"};
    return names[(x->fault ? 1 : 0) + (x->switched ? 2 : 0) + (x->moved ? 4 : 0)];
}

static void record_tokens(mw_session *session, const mw_unit *u)
{
    mw_csv *t = &session->tokens, *a = &session->artifact;
    const bool artifact = u->threads == 1 && a->n_rows == 0 && session->rep == 1 &&
                          strcmp(u->variant->gemv->name, "tvl16_neon") == 0 && !u->order;
    for (size_t i = 0; i < u->n_samples; i++) {
        const mw_sample *x = &u->samples[i];
        mw_csv_add(t, NULL);
        mw_csv_set(t, MW_TOKENS_run_id, "%s", session->run_id);
        mw_csv_set(t, MW_TOKENS_variant, "%s", u->variant->name);
        mw_csv_set(t, MW_TOKENS_kernel, "%s", u->variant->gemv->name);
        mw_csv_set(t, MW_TOKENS_load, "%s", mw_load_name(u->variant->load));
        mw_csv_set(t, MW_TOKENS_threads, "%d", u->threads);
        mw_csv_set(t, MW_TOKENS_rep, "%d", session->rep);
        mw_csv_set(t, MW_TOKENS_block, "%u", x->block);
        mw_csv_set(t, MW_TOKENS_phase, "%s", mw_sample_steady(x) ? "steady" : "warmup");
        mw_csv_set(t, MW_TOKENS_token_id, "%zu", i);
        mw_csv_set(t, MW_TOKENS_position, "%u", x->position);
        mw_csv_set(t, MW_TOKENS_latency_us, "%.3f", x->latency_us);
        if (x->roof_gbs > 0)
            mw_csv_set(t, MW_TOKENS_roof_gbs, "%.7g", x->roof_gbs);
        if (events_of(x))
            mw_csv_set(t, MW_TOKENS_events, "%s", events_of(x));
        if (artifact) {
            mw_csv_add(a, NULL);
            mw_csv_set(a, MW_ARTIFACT_token_id, "%zu", i);
            mw_csv_set(a, MW_ARTIFACT_latency_us, "%.0f", x->latency_us);
        }
    }
}

void mw_unit_record_sweeps(const mw_unit *u, const char *name, mw_session *session)
{
    mw_csv *r = &session->roof;
    for (size_t i = 0; i < u->n_sweeps; i++) {
        mw_csv_add(r, NULL);
        mw_csv_set(r, MW_ROOF_run_id, "%s", session->run_id);
        mw_csv_set(r, MW_ROOF_variant, "%s", name);
        mw_csv_set(r, MW_ROOF_threads, "%d", u->threads);
        mw_csv_set(r, MW_ROOF_rep, "%d", session->rep);
        mw_csv_set(r, MW_ROOF_block, "%u", u->sweeps[i].block);
        mw_csv_set(r, MW_ROOF_roof_gbs, "%.7g", u->sweeps[i].gbs);
    }
}

static void set_known(mw_csv *csv, size_t column, int64_t value)
{
    if (value != MW_UNKNOWN)
        mw_csv_set(csv, column, "%lld", (long long)value);
}

static void record_blocks(mw_session *session, const mw_unit *u)
{
    mw_csv *t = &session->blocks;
    for (size_t i = 0; i < u->n_blocks; i++) {
        const mw_block *b = &u->blocks[i];
        mw_csv_add(t, NULL);
        mw_csv_set(t, MW_BLOCKS_run_id, "%s", session->run_id);
        mw_csv_set(t, MW_BLOCKS_variant, "%s", u->variant->name);
        mw_csv_set(t, MW_BLOCKS_threads, "%d", u->threads);
        mw_csv_set(t, MW_BLOCKS_rep, "%d", session->rep);
        mw_csv_set(t, MW_BLOCKS_block, "%zu", i);
        mw_csv_set(t, MW_BLOCKS_tokens, "%u", b->tokens);
        mw_csv_set(t, MW_BLOCKS_tokens_us, "%.3f", b->tokens_us);
        mw_csv_set(t, MW_BLOCKS_bytes, "%.0f", b->bytes);
        mw_csv_set(t, MW_BLOCKS_sweeps, "%u", b->sweeps);
        if (b->sweeps > 0)
            mw_csv_set(t, MW_BLOCKS_roof_gbs, "%.7g", b->sweep_bytes / b->sweep_ns);
        set_known(t, MW_BLOCKS_steal_us, b->disturbance.steal_us);
        set_known(t, MW_BLOCKS_cpu_pressure_us, b->disturbance.cpu_pressure_us);
        set_known(t, MW_BLOCKS_memory_pressure_us, b->disturbance.memory_pressure_us);
        for (int c = 0; c < MW_COUNTER_COUNT; c++) /* the columns stand in the order of mw_counter */
            if (isfinite(b->counts.of[c]))
                mw_csv_set(t, (size_t)MW_BLOCKS_cycles + (size_t)c, "%.0f", b->counts.of[c]);
    }
}

void mw_unit_record_tables(const mw_unit *u, mw_session *session)
{
    record_tokens(session, u);
    mw_unit_record_sweeps(u, u->variant->name, session);
    record_blocks(session, u);
}
