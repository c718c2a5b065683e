/* What kind of noise a run was in, as plain sentences. */
#include "bench/run/summary.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The machine's own roof over time, for each thread count. */
static void machine_noise(mw_session *s, double *x)
{
    int seen[MW_MAX_THREAD_COUNTS], n_seen = 0;
    for (size_t i = 0; i < s->roof.n_rows; i++) {
        const mw_cell *row = mw_csv_cells(&s->roof, i);
        char text[MW_CELL_TEXT_BYTES], threads[16];
        const int count = (int)mw_cell_value(&row[MW_ROOF_threads]);
        bool known = n_seen == MW_MAX_THREAD_COUNTS ||
                     strcmp(mw_cell_text(&row[MW_ROOF_variant], text), "machine") != 0;
        for (int k = 0; k < n_seen; k++)
            known |= seen[k] == count;
        if (known)
            continue;
        snprintf(threads, sizeof threads, "%d", seen[n_seen++] = count);
        const mw_key keys[] = {{MW_ROOF_variant, "machine"}, {MW_ROOF_threads, threads}, {0}};
        const size_t n = mw_csv_numbers(&s->roof, MW_ROOF_roof_gbs, keys, x);
        const mw_drift drift = mw_drift_of(x, n);
        const mw_modes modes = mw_modes_of(x, n);
        if (drift.found)
            mw_session_warn(s,
                            "the machine's own roof (threads: %s) drifted from %.1f to %.1f GB/s during the run: trust "
                            "shares of the roof, not tokens/s",
                            threads, drift.from, drift.to);
        if (modes.found)
            mw_session_warn(s,
                            "the machine's own roof (threads: %s) jumps between %.1f and %.1f GB/s (%.0f %% of the "
                            "time): trust shares of the roof, not tokens/s",
                            threads, modes.low, modes.high, 100 * modes.share_high);
    }
}

/* Token times of every variant. Only the first one found is told in full. */
static void token_noise(mw_session *s, double *x)
{
    int two = 0, all = 0;
    char example[160] = "", threads[16];
    for (mw_row r = {0}; mw_rows_next(&s->results, &(mw_filter){.metric = "tokens_per_s", .phase = "steady"}, &r);) {
        snprintf(threads, sizeof threads, r.threads ? "%d" : "", r.threads);
        const mw_key keys[] = {
            {MW_TOKENS_variant, r.variant}, {MW_TOKENS_threads, threads}, {MW_TOKENS_phase, "steady"}, {0}};
        const size_t n = mw_csv_numbers(&s->tokens, MW_TOKENS_latency_us, keys, x);
        const mw_modes modes = mw_modes_of(x, n);
        all += n > 0;
        if (modes.found && two++ == 0)
            snprintf(example, sizeof example, "%s, threads %s: %.1f and %.1f ms, the slower in %.0f %%", r.variant,
                     *threads ? threads : "?", modes.low * 1e-3, modes.high * 1e-3, 100 * modes.share_high);
    }
    if (two > 0)
        mw_session_warn(s, "token times fall into two groups for %d of %d rows: a mean describes neither (%s)", two,
                        all, example);
}

/* Sum of a metric over all processes; what is unavailable counts as none. `n`: of the samples behind it. */
static double total(const mw_session *s, const char *metric, double *n)
{
    const mw_filter f = {.of = MW_OF_PROCESSES, .metric = metric, .known = true};
    double sum = 0;
    *n = 0;
    for (mw_row r = {0}; mw_rows_next(&s->results, &f, &r);) {
        sum += r.value;
        *n += (double)r.n;
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
                        "with an involuntary switch, a migration or a page fault, %.0f with a slow roof next to them, "
                        "%.0f with stolen time, %.0f with nothing known",
                        slow, all, events, memory, stolen, slow - events - memory - stolen);
}

/* Sum of a column of blocks.csv. */
static double sum_of(const mw_csv *blocks, size_t column, double *x)
{
    const size_t n = mw_csv_numbers(blocks, column, (mw_key[]){{0}}, x);
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return sum;
}

/* What others took from the machine while tokens were timed. */
static void disturbance_noise(mw_session *s, double *x)
{
    const double tokens = sum_of(&s->blocks, MW_BLOCKS_tokens_us, x), steal = sum_of(&s->blocks, MW_BLOCKS_steal_us, x),
                 pressure = sum_of(&s->blocks, MW_BLOCKS_cpu_pressure_us, x);
    if (steal > 0.01 * tokens)
        mw_session_warn(s, "the hypervisor took %.1f s of CPU time while %.0f s of tokens were timed", steal * 1e-6,
                        tokens * 1e-6);
    if (pressure > 0.05 * tokens)
        mw_session_warn(s, "something waited for a CPU during %.0f %% of the time: the machine was busy",
                        100 * pressure / tokens);
}

void mw_noise_warnings(mw_session *s)
{
    double *x = malloc((s->roof.n_rows + s->tokens.n_rows + s->blocks.n_rows + 1) * sizeof *x);
    if (!x) {
        s->results.out_of_memory = true;
        return;
    }
    machine_noise(s, x);
    token_noise(s, x);
    slow_tokens(s);
    disturbance_noise(s, x);
    free(x);
}
