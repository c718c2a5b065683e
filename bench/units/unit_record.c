/* From the samples of a unit to rows of results.csv. */
#include "bench/run/suite.h"
#include "bench/units/tails.h"
#include "platform/os.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One row of the steady phase. */
static void emit(mw_session *session, const mw_unit *u, const char *name, const char *unit, double value, size_t n,
                 const char *note)
{
    mw_unit_row(session, u, &(mw_result){name, unit, value, n, .note = note});
}

/* What a reader has to know about a variant's rows. */
static const char *note_of(const mw_unit *u)
{
    return mw_unit_packs(u) ? "packed on the heap at load" : NULL;
}

/* One phase's latencies as rates and percentiles. */
static void record_phase(mw_session *session, const mw_unit *u, bool is_steady)
{
    double *x = malloc((u->n_samples + 1) * sizeof *x), bytes = 0, mean;
    size_t n = 0;
    if (!x) {
        session->results.out_of_memory = true;
        return;
    }
    for (size_t i = 0; i < u->n_samples; i++)
        if (mw_sample_steady(&u->samples[i]) == is_steady) {
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
        {"itl_p999_us", "us", mw_percentile(x, n, 0.999)},
        {"bandwidth_gbs", "GB/s", bytes / (double)n / mean * 1e-3},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        mw_unit_row(session, u,
                    &(mw_result){rows[i].name, rows[i].unit, rows[i].value, n, .phase = is_steady ? "steady" : "warmup",
                                 .note = note_of(u)});
    free(x);
}

/* Logs of the share of the roof that each steady token reached, against the sweep next to it; returns how many. */
static size_t log_fractions(const mw_unit *u, double *logs)
{
    size_t n = 0;
    for (size_t i = 0; i < u->n_samples; i++) {
        const mw_sample *x = &u->samples[i];
        if (mw_sample_steady(x) && x->roof_gbs > 0)
            logs[n++] = log(x->bytes / (x->latency_us * 1e3) / x->roof_gbs);
    }
    return n;
}

/* Logs of how much faster each steady token was than the baseline's at the same position, in the block of the same
 * number; returns how many. */
static size_t log_speedups(const mw_unit *u, const mw_unit *baseline, double *logs)
{
    size_t n = 0;
    for (size_t i = 0; i < u->n_samples && i < baseline->n_samples; i++)
        if (mw_sample_steady(&u->samples[i]))
            logs[n++] = log(baseline->samples[i].latency_us / u->samples[i].latency_us);
    return n;
}

/* A ratio, taken pair by pair: what this process says of it, and how much its pairs spread. */
static void record_ratio(mw_session *session, const mw_unit *u, const char *name, double *logs, size_t n,
                         const char *param)
{
    mw_interval ci = mw_interval_mean(logs, n);
    ci = (mw_interval){exp(ci.low), exp(ci.high)};
    mw_unit_row(session, u,
                &(mw_result){name, "1", n > 0 ? exp(mw_process_log_ratio(logs, n)) : NAN, n, .ci = &ci, .param = param,
                             .note = "interval: of the mean over the pairs of this process"});
}

double mw_unit_median_roof(const mw_unit *u, double *x)
{
    for (size_t i = 0; i < u->n_sweeps; i++)
        x[i] = u->sweeps[i].gbs;
    mw_sort(x, u->n_sweeps);
    return u->n_sweeps > 0 ? mw_percentile(x, u->n_sweeps, 0.5) : NAN;
}

/* Its median sweep; `from` is NULL where there is no such roof. x has room for its sweeps. */
static void record_sweeps(mw_session *session, const mw_unit *u, const char *name, const mw_unit *from, double *x)
{
    char read[MW_READ_NAME], note[96] = "this system has no huge pages to ask for";
    if (from)
        snprintf(note, sizeof note, "way=%s; median sweep", mw_read_name(from->roof_read, read));
    emit(session, u, name, "GB/s", from ? mw_unit_median_roof(from, x) : NAN, from ? from->n_sweeps : 0, note);
}

/* Bytes of all sweeps, each of which reads the same, over their time. */
static double mean_roof(const mw_unit *u)
{
    double time = 0;
    for (size_t i = 0; i < u->n_sweeps; i++)
        time += 1 / u->sweeps[i].gbs;
    return (double)u->n_sweeps / time;
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

static void record_roof(mw_session *session, const mw_unit *u, const mw_unit *baseline, const mw_unit *machine)
{
    const size_t most = u->n_samples + u->n_sweeps + (machine ? machine->n_sweeps : 0);
    double *x = malloc((most + 1) * sizeof *x);
    if (!x) {
        session->results.out_of_memory = true;
        return;
    }
    char against[120];
    snprintf(against, sizeof against, "against=%s", baseline->variant->name);
    record_ratio(session, u, "roof_fraction", x, log_fractions(u, x), NULL);
    record_ratio(session, u, session->options->suite->twins ? "aa_ratio" : "speedup", x, log_speedups(u, baseline, x),
                 against);
    record_sweeps(session, u, "roof_gbs", u, x);
    emit(session, u, "roof_mean_gbs", "GB/s", mean_roof(u), u->n_sweeps, "bytes of all sweeps over their time");
    record_sweeps(session, u, "machine_roof_gbs", machine, x);
    free(x);
}

static double or_nan(int64_t value)
{
    return value == MW_UNKNOWN ? NAN : (double)value;
}

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
        emit(session, u, mw_counter_name((mw_counter)c), "1", total[c], n, "all threads, around the tokens");
    emit(session, u, "steal_ms", "ms", steal, n, "whole machine, tokens and sweeps");
    emit(session, u, "pressure_ms", "ms", pressure, n, "whole machine, tokens and sweeps");
}

static void record_memory(mw_session *session, const mw_unit *u)
{
    const double needed = (double)u->weight_bytes, stored = (double)u->stored_bytes;
    const double resident = or_nan(u->weights_resident);
    const struct {
        const char *name, *unit;
        double value;
        const char *note;
    } rows[] = {
        {"minor_faults", "1", or_nan(u->faults.minor), NULL},
        {"major_faults", "1", or_nan(u->faults.major), NULL},
        {"huge_mib", "MiB", or_nan(u->huge_bytes) / 0x1p20, "weights mapped by huge pages"},
        {"resident_mib", "MiB", resident / 0x1p20, "weights in memory"},
        {"rss_mib", "MiB", or_nan(u->resident_bytes) / 0x1p20, "whole process without the machine roof's block"},
        {"bytes_needed_mb", "MB", needed * 1e-6, "weights as the operations need them"},
        {"bytes_stored_mb", "MB", stored * 1e-6, "weights as the layout stores them"},
        {"bytes_resident_mb", "MB", resident * 1e-6, "pages that hold them"},
        {"bytes_residual_mb", "MB", (resident - stored) * 1e-6, "resident beyond stored: header, alignment, pages"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        emit(session, u, rows[i].name, rows[i].unit, rows[i].value, 1, rows[i].note);
}

static void record_first_token(mw_session *session, const mw_unit *u)
{
    const struct {
        const char *name, *unit;
        double value;
    } rows[] = {{"ttft_ms", "ms", u->ttft_ms},
                {"load_ms", "ms", u->load_ms},
                {"ready_ms", "ms", u->ready_ms},
                {"minor_faults", "1", or_nan(u->first_faults.minor)},
                {"major_faults", "1", or_nan(u->first_faults.major)}};
    char param[48];
    snprintf(param, sizeof param, "prompt=%zu", session->n_prompt);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        mw_unit_row(session, u,
                    &(mw_result){rows[i].name, rows[i].unit, rows[i].value, 1, .phase = "ttft", .param = param,
                                 .note = "warm: just read in by this load"});
}

void mw_unit_record_unavailable(const mw_unit *u, const char *metric, const char *of, mw_session *session)
{
    emit(session, u, metric, of, NAN, 0, "this system cannot load weights that way");
}

void mw_unit_record(const mw_unit *u, const mw_unit *baseline, const mw_unit *machine, mw_session *session)
{
    if (u->unavailable) {
        mw_unit_record_unavailable(u, "tokens_per_s", "1/s", session);
        return;
    }
    record_phase(session, u, false);
    record_phase(session, u, true);
    record_roof(session, u, baseline, machine);
    mw_unit_record_tails(u, session);
    record_counts(session, u);
    record_memory(session, u);
    if (u->ttft_ms > 0)
        record_first_token(session, u);
}
