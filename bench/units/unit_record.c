/* From the samples of a unit to rows of results.csv. */
#include "bench/run/suite.h"
#include "bench/units/unit.h"
#include "engine/model_bytes.h"
#include "platform/os.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* A row about unit `u`: members of an mw_result. */
#define ROW(...) mw_unit_row(session, u, &(mw_result){__VA_ARGS__})

static double or_nan(int64_t value)
{
    return value == MW_UNKNOWN ? NAN : (double)value;
}

/* Latencies of one phase, sorted; returns how many. */
static size_t latencies(const mw_unit *u, bool steady, double *x)
{
    size_t n = 0;
    for (size_t i = 0; i < u->n_samples; i++)
        if (mw_sample_steady(&u->samples[i]) == steady)
            x[n++] = u->samples[i].latency_us;
    mw_sort(x, n);
    return n;
}

/* Median over the sweeps, in GB/s, as stalls of the machine hit some of them; NAN without any. */
static double median_roof(const mw_unit *u, double *x)
{
    for (size_t i = 0; i < u->n_sweeps; i++)
        x[i] = u->sweeps[i].gbs;
    mw_sort(x, u->n_sweeps);
    return u->n_sweeps > 0 ? mw_percentile(x, u->n_sweeps, 0.5) : NAN;
}

/* One phase's latencies as rates and percentiles. */
static void record_phase(mw_session *session, const mw_unit *u, bool steady, double *x)
{
    const mw_model *model = u->runner.model;
    const mw_dtype dtype = u->variant->gemv->dtype;
    const size_t n = latencies(u, steady, x);
    double bytes = (double)n * (double)mw_model_cost(model, dtype, 0).weight_bytes;
    for (size_t i = 0; i < u->n_samples; i++)
        if (mw_sample_steady(&u->samples[i]) == steady)
            bytes += (double)mw_model_token_cost(&model->config, dtype, u->samples[i].position).kv_bytes;
    const double mean = mw_mean(x, n);
    const char *phase = steady ? "steady" : "warmup";
    const bool packs = model->layout != u->variant->layout; /* the file is in another one */
    const char *note = packs ? "packed on the heap at load" : NULL;
    ROW("tokens_per_s", "1/s", 1e6 / mean, n, .phase = phase, .note = note);
    ROW("itl_us", "us", mean, n, .phase = phase, .note = note);
    ROW("itl_p50_us", "us", mw_percentile(x, n, 0.5), n, .phase = phase, .note = note);
    ROW("itl_p90_us", "us", mw_percentile(x, n, 0.9), n, .phase = phase, .note = note);
    ROW("itl_p99_us", "us", mw_percentile(x, n, 0.99), n, .phase = phase, .note = note);
    ROW("itl_p999_us", "us", mw_percentile(x, n, 0.999), n, .phase = phase, .note = note);
    ROW("bandwidth_gbs", "GB/s", bytes / (double)n / mean * 1e-3, n, .phase = phase, .note = note);
}

/* --- the roof --- */

/* A ratio, taken pair by pair: what this process says of it, and how much its pairs spread. */
static void record_ratio(mw_session *session, const mw_unit *u, const char *name, double *logs, size_t n,
                         const char *param)
{
    mw_interval ci = mw_interval_mean(logs, n);
    ci = (mw_interval){exp(ci.low), exp(ci.high)};
    ROW(name, "1", n > 0 ? exp(mw_process_log_ratio(logs, n)) : NAN, n, .ci = &ci, .param = param,
        .note = "interval: of the mean over the pairs of this process");
}

/* The share of the roof that each steady token reached, against the sweeps next to it. */
static void record_fraction(mw_session *session, const mw_unit *u, double *logs)
{
    size_t n = 0;
    for (size_t i = 0; i < u->n_samples; i++) {
        const mw_sample *x = &u->samples[i];
        if (mw_sample_steady(x) && x->roof_gbs > 0)
            logs[n++] = log(x->bytes / (x->latency_us * 1e3) / x->roof_gbs);
    }
    record_ratio(session, u, "roof_fraction", logs, n, NULL);
}

/* How much faster each steady token was than the baseline's at the same position, in the block of the same number. */
static void record_speedup(mw_session *session, const mw_unit *u, const mw_unit *baseline, double *logs)
{
    size_t n = 0;
    char against[120];
    for (size_t i = 0; i < u->n_samples && i < baseline->n_samples; i++)
        if (mw_sample_steady(&u->samples[i]))
            logs[n++] = log(baseline->samples[i].latency_us / u->samples[i].latency_us);
    snprintf(against, sizeof against, "against=%s", baseline->variant->name);
    record_ratio(session, u, session->options->suite->twins ? "aa_ratio" : "speedup", logs, n, against);
}

/* Its median sweep; `from` is NULL where there is no such roof. x has room for its sweeps. */
static void record_sweeps(mw_session *session, const mw_unit *u, const char *name, const mw_unit *from, double *x)
{
    char read[MW_READ_NAME], note[96] = "this system has no huge pages to ask for";
    if (from)
        snprintf(note, sizeof note, "way=%s; median sweep", mw_read_name(from->roof_read, read));
    ROW(name, "GB/s", from ? median_roof(from, x) : NAN, from ? from->n_sweeps : 0, .note = note);
}

void mw_unit_record_roof(const mw_unit *u, mw_session *session)
{
    double *x = malloc((u->n_sweeps + 1) * sizeof *x);
    if (x)
        record_sweeps(session, u, "roof_gbs", u, x);
    else
        session->results.out_of_memory = true;
    free(x);
}

static void record_roofs(mw_session *session, const mw_unit *u, const mw_unit *machine, double *x)
{
    double time = 0; /* of all sweeps, each of which reads the same */
    for (size_t i = 0; i < u->n_sweeps; i++)
        time += 1 / u->sweeps[i].gbs;
    record_sweeps(session, u, "roof_gbs", u, x);
    ROW("roof_mean_gbs", "GB/s", (double)u->n_sweeps / time, u->n_sweeps,
        .note = "bytes of all sweeps over their time");
    record_sweeps(session, u, "machine_roof_gbs", machine, x);
}

/* --- slow tokens --- */

/* A token or sweep is slow if it takes this much longer than the median. */
static const double SLOW = 1.25;

/* What a slow token counts under. */
static size_t *cause_of(const mw_sample *t, const mw_disturbance *d, double median_us, double median_gbs, mw_slow *slow)
{
    if (t->fault || t->switched || t->moved)
        return &slow->events;
    if (t->roof_gbs > 0 && t->roof_gbs * SLOW < median_gbs)
        return &slow->memory;
    if (d->steal_us != MW_UNKNOWN && (double)d->steal_us >= t->latency_us - median_us)
        return &slow->stolen;
    return &slow->unexplained;
}

mw_slow mw_slow_tokens(const mw_unit *u, double *x)
{
    const double median_gbs = median_roof(u, x);
    mw_slow slow = {0};
    for (size_t i = 0; i < u->n_sweeps; i++)
        slow.sweeps += u->sweeps[i].gbs * SLOW < median_gbs;
    slow.tokens = latencies(u, true, x);
    const double median_us = slow.tokens > 0 ? mw_percentile(x, slow.tokens, 0.5) : 0;
    for (size_t i = 0; i < u->n_samples; i++) {
        const mw_sample *t = &u->samples[i];
        const mw_disturbance *d = &u->blocks[t->block].disturbance;
        if (!mw_sample_steady(t))
            continue;
        slow.steal_told |= d->steal_us != MW_UNKNOWN;
        if (t->latency_us > SLOW * median_us) {
            slow.slow++;
            ++*cause_of(t, d, median_us, median_gbs, &slow);
        }
    }
    return slow;
}

static void record_slow(mw_session *session, const mw_unit *u, double *x)
{
    const mw_slow s = mw_slow_tokens(u, x);
    ROW("slow_sweeps", "1", (double)s.sweeps, u->n_sweeps, .note = "roof sweeps over 1.25 times the median time");
    ROW("slow_tokens", "1", (double)s.slow, s.tokens, .note = "over 1.25 times the median");
    ROW("slow_tokens_explained", "1", (double)s.events, s.tokens,
        .note = "of them, with a switch, a migration or a page fault");
    ROW("slow_tokens_memory", "1", (double)s.memory, s.tokens,
        .note = "of the others, next to roof sweeps that took over 1.25 times the median");
    ROW("slow_tokens_stolen", "1", s.steal_told ? (double)s.stolen : NAN, s.tokens,
        .note = s.steal_told ? "of the others, in blocks that lost at least their delay to the hypervisor"
                             : "this system does not report stolen time");
    ROW("slow_tokens_unexplained", "1", (double)s.unexplained, s.tokens, .note = "the rest of them");
}

static void record_tails(mw_session *session, const mw_unit *u, double *x)
{
    const mw_tail none = {NAN, {NAN, NAN}};
    const size_t n = latencies(u, true, x);
    const mw_tail tokens = n > 0 ? mw_tail_ratio(x, n) : none;
    for (size_t i = 0; i < u->n_sweeps; i++)
        x[i] = 1 / u->sweeps[i].gbs;
    mw_sort(x, u->n_sweeps);
    const mw_tail sweeps = u->n_sweeps > 0 ? mw_tail_ratio(x, u->n_sweeps) : none;
    const mw_tail excess = mw_tail_excess(tokens, sweeps);
    ROW("tail_ratio", "1", tokens.ratio, n, .ci = &tokens.ci, .note = "P99 over P50 of token times; n: tokens");
    ROW("roof_tail_ratio", "1", sweeps.ratio, u->n_sweeps, .ci = &sweeps.ci,
        .note = "P99 over P50 of sweep times; n: sweeps");
    ROW("tail_excess", "1", excess.ratio, u->n_sweeps, .ci = &excess.ci,
        .note = "tail_ratio minus roof_tail_ratio; n: sweeps");
}

void mw_unit_record_tails(const mw_unit *u, mw_session *session)
{
    double *x = malloc((u->n_samples + u->n_sweeps + 1) * sizeof *x);
    if (x) {
        record_slow(session, u, x);
        record_tails(session, u, x);
    }
    session->results.out_of_memory |= !x;
    free(x);
}

/* --- the rest --- */

/* Totals over the steady blocks. */
static void record_counts(mw_session *session, const mw_unit *u)
{
    double total[MW_COUNTER_COUNT] = {0}, steal = 0, pressure = 0;
    for (size_t i = 1; i < u->n_blocks; i++) {
        for (int c = 0; c < MW_COUNTER_COUNT; c++)
            total[c] += u->blocks[i].counts.of[c];
        steal += or_nan(u->blocks[i].disturbance.steal_us) * 1e-3;
        pressure += or_nan(u->blocks[i].disturbance.cpu_pressure_us) * 1e-3;
    }
    const size_t n = u->n_blocks - 1;
    for (int c = 0; c < MW_COUNTER_COUNT; c++)
        ROW(mw_counter_name((mw_counter)c), "1", total[c], n, .note = "all threads, around the tokens");
    ROW("steal_ms", "ms", steal, n, .note = "whole machine, tokens and sweeps");
    ROW("pressure_ms", "ms", pressure, n, .note = "whole machine, tokens and sweeps");
}

static void record_memory(mw_session *session, const mw_unit *u)
{
    const double needed = (double)u->weight_bytes, stored = (double)u->stored_bytes;
    const double resident = or_nan(u->weights_resident), process = or_nan(u->resident_bytes);
    ROW("minor_faults", "1", or_nan(u->faults.minor), 1);
    ROW("major_faults", "1", or_nan(u->faults.major), 1);
    ROW("huge_mib", "MiB", or_nan(u->huge_bytes) / 0x1p20, 1, .note = "weights mapped by huge pages");
    ROW("resident_mib", "MiB", resident / 0x1p20, 1, .note = "weights in memory");
    ROW("rss_mib", "MiB", process / 0x1p20, 1, .note = "whole process without the machine roof's block");
    ROW("bytes_needed_mb", "MB", needed * 1e-6, 1, .note = "weights as the operations need them");
    ROW("bytes_stored_mb", "MB", stored * 1e-6, 1, .note = "weights as the layout stores them");
    ROW("bytes_resident_mb", "MB", resident * 1e-6, 1, .note = "pages that hold them");
    ROW("bytes_residual_mb", "MB", (resident - stored) * 1e-6, 1,
        .note = "resident beyond stored: header, alignment, pages");
}

static void record_first_token(mw_session *session, const mw_unit *u)
{
    static const char phase[] = "ttft", note[] = "warm: just read in by this load";
    char prompt[48];
    snprintf(prompt, sizeof prompt, "prompt=%zu", session->n_prompt);
    ROW("ttft_ms", "ms", u->ttft_ms, 1, .phase = phase, .param = prompt, .note = note);
    ROW("load_ms", "ms", u->load_ms, 1, .phase = phase, .param = prompt, .note = note);
    ROW("ready_ms", "ms", u->ready_ms, 1, .phase = phase, .param = prompt, .note = note);
    ROW("minor_faults", "1", or_nan(u->first_faults.minor), 1, .phase = phase, .param = prompt, .note = note);
    ROW("major_faults", "1", or_nan(u->first_faults.major), 1, .phase = phase, .param = prompt, .note = note);
}

void mw_unit_record_unavailable(const mw_unit *u, const char *metric, const char *of, mw_session *session)
{
    ROW(metric, of, NAN, 0, .note = "this system cannot load weights that way");
}

void mw_unit_record(const mw_unit *u, const mw_unit *baseline, const mw_unit *machine, mw_session *session)
{
    if (u->unavailable) {
        mw_unit_record_unavailable(u, "tokens_per_s", "1/s", session);
        return;
    }
    double *x = malloc((u->n_samples + u->n_sweeps + (machine ? machine->n_sweeps : 0) + 1) * sizeof *x);
    if (x) {
        record_phase(session, u, false, x);
        record_phase(session, u, true, x);
        record_fraction(session, u, x);
        record_speedup(session, u, baseline, x);
        record_roofs(session, u, machine, x);
    }
    session->results.out_of_memory |= !x;
    free(x);
    mw_unit_record_tails(u, session);
    record_counts(session, u);
    mw_unit_record_energy(u, session);
    record_memory(session, u);
    if (u->ttft_ms > 0)
        record_first_token(session, u);
}
