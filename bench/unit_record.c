/* From the samples of a unit to rows of the tables. */
#include "bench/stats.h"
#include "bench/unit.h"
#include "platform/os.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool steady(const mw_sample *sample)
{
    return sample->block > 0;
}

static void record_tokens(mw_session *session, const mw_unit *u)
{
    mw_csv *t = &session->tokens, *a = &session->artifact;
    const bool artifact = u->threads == 1 && a->n_rows == 0 && strcmp(u->variant->gemv->name, "tvl16_neon") == 0;
    for (size_t i = 0; i < u->n_samples; i++) {
        const mw_sample *x = &u->samples[i];
        mw_csv_add(t, NULL);
        mw_csv_set(t, MW_TOKENS_run_id, "%s", session->run_id);
        mw_csv_set(t, MW_TOKENS_variant, "%s", u->variant->name);
        mw_csv_set(t, MW_TOKENS_kernel, "%s", u->variant->gemv->name);
        mw_csv_set(t, MW_TOKENS_load, "%s", mw_load_name(u->variant->load));
        mw_csv_set(t, MW_TOKENS_threads, "%d", u->threads);
        mw_csv_set(t, MW_TOKENS_rep, "1");
        mw_csv_set(t, MW_TOKENS_block, "%u", x->block);
        mw_csv_set(t, MW_TOKENS_phase, "%s", steady(x) ? "steady" : "warmup");
        mw_csv_set(t, MW_TOKENS_token_id, "%zu", i);
        mw_csv_set(t, MW_TOKENS_position, "%u", x->position);
        mw_csv_set(t, MW_TOKENS_latency_us, "%.3f", x->latency_us);
        if (artifact) {
            mw_csv_add(a, NULL);
            mw_csv_set(a, MW_ARTIFACT_token_id, "%zu", i);
            mw_csv_set(a, MW_ARTIFACT_latency_us, "%.0f", x->latency_us);
        }
    }
}

static double or_nan(int64_t value)
{
    return value == MW_UNKNOWN ? NAN : (double)value;
}

/* What a reader has to know about a variant's rows. */
static const char *note_of(const mw_unit *u)
{
    return mw_unit_packs(u) ? "packed on the heap at load" : NULL;
}

/* One phase's latencies as rates and percentiles. */
static void record_phase(mw_session *session, const mw_unit *u, bool is_steady, mw_summary *summary)
{
    const char *phase = is_steady ? "steady" : "warmup", *note = note_of(u);
    double *x = malloc((u->n_samples + 1) * sizeof *x), bytes = 0, mean;
    size_t n = 0;
    if (!x) {
        session->results.out_of_memory = true;
        return;
    }
    for (size_t i = 0; i < u->n_samples; i++)
        if (steady(&u->samples[i]) == is_steady) {
            mw_token_cost cost = mw_model_token_cost(&session->model.config, u->samples[i].position);
            bytes += (double)(cost.weight_bytes + cost.kv_bytes);
            x[n++] = u->samples[i].latency_us;
        }
    mean = mw_mean(x, n);
    mw_sort(x, n);
    const struct {
        const char *name, *unit;
        double value;
    } rows[] = {
        {"tokens_per_s", "1/s", 1e6 / mean},
        {"itl_us", "us", mean},
        {"itl_p50_us", "us", mw_percentile(x, n, 0.5)},
        {"itl_p90_us", "us", mw_percentile(x, n, 0.9)},
        {"itl_p99_us", "us", mw_percentile(x, n, 0.99)},
        {"bandwidth_gbs", "GB/s", bytes / (double)n / mean * 1e-3},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        mw_session_record(session, u->variant, u->threads,
                          &(mw_metric){.suite = "decode",
                                       .phase = phase,
                                       .name = rows[i].name,
                                       .unit = rows[i].unit,
                                       .value = rows[i].value,
                                       .n = n,
                                       .note = note});
    if (is_steady) {
        summary->tokens_per_s = rows[0].value;
        summary->itl_p50_us = rows[2].value;
        summary->itl_p99_us = rows[4].value;
        summary->bandwidth_gbs = rows[5].value;
    }
    free(x);
}

bool mw_unit_record(const mw_unit *u, mw_session *session, mw_summary *summary)
{
    *summary =
        (mw_summary){.variant = u->variant, .threads = u->threads, .packs = mw_unit_packs(u), .ttft_ms = u->ttft_ms};
    if (u->unavailable) {
        mw_session_record(session, u->variant, u->threads,
                          &(mw_metric){.suite = "decode",
                                       .phase = "steady",
                                       .name = "tokens_per_s",
                                       .unit = "1/s",
                                       .value = NAN,
                                       .note = "this system cannot load weights that way"});
        return false;
    }
    record_tokens(session, u);
    record_phase(session, u, false, summary);
    record_phase(session, u, true, summary);
    const char *warm = "warm: just read in by this load";
    const mw_metric rows[] = {
        {.phase = "ttft", .name = "ttft_ms", .unit = "ms", .value = u->ttft_ms, .note = warm},
        {.phase = "ttft", .name = "load_ms", .unit = "ms", .value = u->load_ms, .note = warm},
        {.phase = "ttft", .name = "ready_ms", .unit = "ms", .value = u->ready_ms, .note = warm},
        {.phase = "ttft", .name = "minor_faults", .unit = "1", .value = or_nan(u->first_faults.minor)},
        {.phase = "ttft", .name = "major_faults", .unit = "1", .value = or_nan(u->first_faults.major)},
        {.phase = "steady", .name = "minor_faults", .unit = "1", .value = or_nan(u->faults.minor)},
        {.phase = "steady", .name = "major_faults", .unit = "1", .value = or_nan(u->faults.major)},
        {.phase = "steady",
         .name = "huge_mib",
         .unit = "MiB",
         .value = or_nan(u->huge_bytes) / 0x1p20,
         .note = "weights mapped by huge pages"},
        {.phase = "steady",
         .name = "resident_mib",
         .unit = "MiB",
         .value = or_nan(u->weights_resident) / 0x1p20,
         .note = "weights in memory"},
        {.phase = "steady",
         .name = "rss_mib",
         .unit = "MiB",
         .value = or_nan(u->resident_bytes) / 0x1p20,
         .note = "whole process, all variants that are loaded"},
    };
    char param[48];
    snprintf(param, sizeof param, "prompt=%zu", session->n_prompt);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        mw_metric m = rows[i];
        m.suite = "decode";
        m.n = 1;
        m.param = strcmp(m.phase, "ttft") == 0 ? param : NULL;
        mw_session_record(session, u->variant, u->threads, &m);
    }
    return true;
}
