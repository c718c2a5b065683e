/* What kind of noise a run was in, as plain sentences. */
#include "bench/run/summary.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Sweeps of the machine roof with `threads` threads, in the order of time. */
static size_t machine_sweeps(const mw_csv *t, const char *threads, double *x)
{
    size_t n = 0;
    for (size_t i = 0; i < t->n_rows; i++) {
        char *const *row = mw_csv_row(t, i);
        if (strcmp(row[MW_ROOF_variant], "machine") == 0 && strcmp(row[MW_ROOF_threads], threads) == 0)
            x[n++] = mw_cell_number(row[MW_ROOF_roof_gbs]);
    }
    return n;
}

/* A thread count; another program's need not be known. */
static const char *or_unknown(const char *threads)
{
    return threads ? threads : "?";
}

/* Steady token times of one variant. */
static size_t token_times(const mw_csv *t, const char *variant, const char *threads, double *x)
{
    size_t n = 0;
    for (size_t i = 0; i < t->n_rows; i++) {
        char *const *row = mw_csv_row(t, i);
        if (strcmp(row[MW_TOKENS_variant], variant) == 0 && strcmp(or_unknown(row[MW_TOKENS_threads]), threads) == 0 &&
            strcmp(row[MW_TOKENS_phase], "steady") == 0)
            x[n++] = mw_cell_number(row[MW_TOKENS_latency_us]);
    }
    return n;
}

/* The machine's own roof over time, for each thread count. */
static void machine_noise(mw_session *s, double *x)
{
    const char *seen[MW_MAX_THREAD_COUNTS];
    size_t n_seen = 0;
    for (size_t i = 0; i < s->roof.n_rows; i++) {
        char *const *row = mw_csv_row(&s->roof, i);
        bool known = strcmp(row[MW_ROOF_variant], "machine") != 0;
        for (size_t k = 0; k < n_seen; k++)
            known |= strcmp(seen[k], row[MW_ROOF_threads]) == 0;
        if (known || n_seen == MW_MAX_THREAD_COUNTS)
            continue;
        const char *threads = seen[n_seen++] = row[MW_ROOF_threads];
        size_t n = machine_sweeps(&s->roof, threads, x);
        mw_drift drift = mw_drift_of(x, n);
        mw_modes modes = mw_modes_of(x, n);
        if (drift.found)
            mw_session_warn(s,
                            "the machine's own roof (threads: %s) drifted from %.1f to %.1f GB/s during the run: trust "
                            "shares of the roof, not tokens/s",
                            threads, drift.from, drift.to);
        if (modes.found)
            mw_session_warn(
                s,
                "the machine's own roof (threads: %s) jumps between %.1f and %.1f GB/s (%.0f %% of the time): "
                "trust shares of the roof, not tokens/s",
                threads, modes.low, modes.high, 100 * modes.share_high);
    }
}

/* Token times of every variant. Only the first one found is told in full. */
static void token_noise(mw_session *s, double *x)
{
    int two = 0, all = 0;
    char example[160] = "";
    for (size_t i = 0; i < s->results.n_rows; i++) {
        char *const *row = mw_csv_row(&s->results, i);
        if (row[MW_RESULTS_rep] || strcmp(row[MW_RESULTS_metric], "tokens_per_s") != 0 ||
            strcmp(row[MW_RESULTS_phase], "steady") != 0)
            continue;
        const char *threads = or_unknown(row[MW_RESULTS_threads]);
        size_t n = token_times(&s->tokens, row[MW_RESULTS_variant], threads, x);
        mw_modes modes = mw_modes_of(x, n);
        all += n > 0;
        if (modes.found && two++ == 0)
            snprintf(example, sizeof example, "%s, threads %s: %.1f and %.1f ms, the slower in %.0f %%",
                     row[MW_RESULTS_variant], threads, modes.low * 1e-3, modes.high * 1e-3, 100 * modes.share_high);
    }
    if (two > 0)
        mw_session_warn(s, "token times fall into two groups for %d of %d rows: a mean describes neither (%s)", two,
                        all, example);
}

/* Sum of a metric over all processes; what is unavailable counts as none. `n`: of the samples behind it. */
static double total(const mw_session *s, const char *metric, double *n)
{
    double sum = 0;
    *n = 0;
    for (size_t i = 0; i < s->results.n_rows; i++) {
        char *const *row = mw_csv_row(&s->results, i);
        if (row[MW_RESULTS_rep] && strcmp(row[MW_RESULTS_metric], metric) == 0 && row[MW_RESULTS_value]) {
            sum += mw_cell_number(row[MW_RESULTS_value]);
            *n += mw_cell_number(row[MW_RESULTS_n]);
        }
    }
    return sum;
}

/* Tokens far above the median, over all processes, and what is known of them. */
static void slow_tokens(mw_session *s)
{
    double all, n;
    const double slow = total(s, "slow_tokens", &all), events = total(s, "slow_tokens_explained", &n),
                 memory = total(s, "slow_tokens_memory", &n), stolen = total(s, "slow_tokens_stolen", &n);
    if (slow > 0.01 * all)
        mw_session_warn(s,
                        "%.0f of %.0f tokens took over 1.25 times the median of their process; %.0f of them coincide "
                        "with an involuntary switch, a migration or a page fault, %.0f with a slow roof beside them, "
                        "%.0f with stolen time, %.0f with nothing known",
                        slow, all, events, memory, stolen, slow - events - memory - stolen);
}

/* What others took from the machine while tokens were timed. */
static void disturbance_noise(mw_session *s)
{
    double tokens = 0, steal = 0, pressure = 0;
    for (size_t i = 0; i < s->blocks.n_rows; i++) {
        char *const *row = mw_csv_row(&s->blocks, i);
        tokens += mw_cell_number(row[MW_BLOCKS_tokens_us]);
        steal += row[MW_BLOCKS_steal_us] ? mw_cell_number(row[MW_BLOCKS_steal_us]) : 0;
        pressure += row[MW_BLOCKS_cpu_pressure_us] ? mw_cell_number(row[MW_BLOCKS_cpu_pressure_us]) : 0;
    }
    if (steal > 0.01 * tokens)
        mw_session_warn(s, "the hypervisor took %.1f s of CPU time while %.0f s of tokens were timed", steal * 1e-6,
                        tokens * 1e-6);
    if (pressure > 0.05 * tokens)
        mw_session_warn(s, "something waited for a CPU during %.0f %% of the time: the machine was busy",
                        100 * pressure / tokens);
}

void mw_noise_warnings(mw_session *s)
{
    double *x = malloc((s->roof.n_rows + s->tokens.n_rows + 1) * sizeof *x);
    if (!x) {
        s->results.out_of_memory = true;
        return;
    }
    machine_noise(s, x);
    token_noise(s, x);
    slow_tokens(s);
    disturbance_noise(s);
    free(x);
}
