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
    mw_csv *a = &session->artifact;
    const bool artifact = u->threads == 1 && a->n_rows == 0 && session->rep == 1 &&
                          strcmp(u->variant->gemv->name, "tvl16_neon") == 0 && !u->order;
    for (size_t i = 0; i < u->n_samples; i++) {
        const mw_sample *x = &u->samples[i];
        const mw_cell row[MW_TOKENS_COUNT] = {
            [MW_TOKENS_run_id] = mw_text(session->run_id),
            [MW_TOKENS_variant] = mw_text(u->variant->name),
            [MW_TOKENS_kernel] = mw_text(u->variant->gemv->name),
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
