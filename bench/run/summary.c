#include "bench/run/summary.h"

#include "bench/tables/rows.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A row of a repetition, and the first one of its series. */
typedef struct entry {
    mw_row row;
    size_t first;
} entry;

/* Orders rows by what tells one series of repetitions from another. */
static int compare_series(const mw_row *a, const mw_row *b)
{
    const char *const x[] = {a->model,  a->suite, a->phase,  a->variant, a->kernel,
                             a->layout, a->load,  a->metric, a->param};
    const char *const y[] = {b->model,  b->suite, b->phase,  b->variant, b->kernel,
                             b->layout, b->load,  b->metric, b->param};
    int order = a->threads - b->threads;
    for (size_t k = 0; k < sizeof x / sizeof *x && !order; k++)
        order = strcmp(x[k], y[k]);
    return order;
}

static int by_number(size_t a, size_t b)
{
    return (a > b) - (a < b);
}

static int by_series(const void *a, const void *b)
{
    const entry *x = a, *y = b;
    int order = compare_series(&x->row, &y->row);
    return order ? order : by_number(x->row.index, y->row.index);
}

static int by_first(const void *a, const void *b)
{
    const entry *x = a, *y = b;
    return x->first != y->first ? by_number(x->first, y->first) : by_number(x->row.index, y->row.index);
}

/* Latencies of all processes; x[] has room for all tokens. */
static size_t pooled(const mw_session *s, const mw_row *like, double *x)
{
    const mw_key keys[] = {{MW_TOKENS_variant, like->variant},
                           {MW_TOKENS_threads, .number = like->threads},
                           {MW_TOKENS_phase, like->phase},
                           {0}};
    return mw_csv_numbers(&s->tokens, MW_TOKENS_latency_us, keys, x);
}

/* Likewise, times of the roof sweeps over a variant's pages; any unit will do. */
static size_t pooled_sweeps(const mw_session *s, const mw_row *like, double *x)
{
    const mw_key keys[] = {{MW_ROOF_variant, like->variant}, {MW_ROOF_threads, .number = like->threads}, {0}};
    const size_t n = mw_csv_numbers(&s->roof, MW_ROOF_roof_gbs, keys, x);
    for (size_t i = 0; i < n; i++)
        x[i] = 1 / x[i];
    return n;
}

/* Metrics that are taken again over the samples of all processes: fills *all and *n, or returns false. Not
 * `tail_excess`: a process that is slow from end to end is so in tokens and sweeps, and the difference within it knows
 * nothing of that. */
static bool of_all(const mw_session *s, const mw_row *like, double *x, mw_tail *all, size_t *n)
{
    static const struct {
        const char *metric;
        bool sweeps;
        double p; /* 0: P99 over P50 */
    } taken[] = {{"itl_p50_us", false, 0.5},    {"itl_p90_us", false, 0.9}, {"itl_p99_us", false, 0.99},
                 {"itl_p999_us", false, 0.999}, {"tail_ratio", false, 0},   {"roof_tail_ratio", true, 0}};
    size_t i = 0;
    while (i < sizeof taken / sizeof *taken && strcmp(like->metric, taken[i].metric) != 0)
        i++;
    if (i == sizeof taken / sizeof *taken)
        return false;
    *n = taken[i].sweeps ? pooled_sweeps(s, like, x) : pooled(s, like, x);
    mw_sort(x, *n);
    if (*n > 0 && taken[i].p > 0)
        *all = (mw_tail){mw_percentile(x, *n, taken[i].p), mw_interval_percentile(x, *n, taken[i].p)};
    else if (*n > 0)
        *all = mw_tail_ratio(x, *n);
    return true;
}

/* What a summary says of a series: its note, how many processes there were, and of twins whether they differ. */
static void note_of(const entry *group, size_t n, mw_interval ci, char *to, size_t size)
{
    const mw_row *first = &group[0].row;
    const bool twins = strcmp(first->metric, "aa_ratio") == 0 && isfinite(ci.low);
    const bool own = *first->note && strncmp(first->note, "interval:", 9) != 0;
    bool same = true;
    for (size_t i = 0; i < n; i++)
        same &= strcmp(group[i].row.note, first->note) == 0;
    const char *words = twins ? (ci.low > 1 || ci.high < 1 ? "different" : "no difference") : own ? first->note : "";
    snprintf(to, size, "%zu process%s%s%s%s", n, n == 1 ? "" : "es", *words ? "; " : "", words,
             own && !same ? " (differs between processes)" : "");
}

/* One summary of the series group[n]; `x` is room for n values, all tokens or all sweeps. */
static void summarise(mw_session *s, const entry *group, size_t n, double *x)
{
    const mw_row *first = &group[0].row;
    const mw_metric *info = mw_metric_find(first->metric);
    size_t values = 0, samples = 0;
    bool logs = info && info->positive;
    for (size_t i = 0; i < n; i++) {
        const mw_row *row = &group[i].row;
        if (!isfinite(row->value))
            continue;
        x[values++] = row->value;
        logs &= row->value > 0;
        samples += row->n;
    }
    mw_tail all = {NAN, {NAN, NAN}};
    if (values > 0 && !of_all(s, first, x, &all, &samples)) {
        for (size_t i = 0; logs && i < values; i++)
            x[i] = log(x[i]);
        all.ratio = mw_mean(x, values);
        all.ci = s->first_stage ? mw_interval_stein(x, values, s->first_stage) : mw_interval_mean(x, values);
        if (logs)
            all = (mw_tail){exp(all.ratio), {exp(all.ci.low), exp(all.ci.high)}};
    }
    char note[256];
    note_of(group, n, all.ci, note, sizeof note);
    mw_session_record(s, NULL, first->threads,
                      &(mw_result){first->metric, first->unit, all.ratio, samples, .suite = first->suite,
                                   .phase = first->phase, .ci = &all.ci, .param = first->param, .note = note,
                                   .provenance = first->provenance, .variant = first->variant, .kernel = first->kernel,
                                   .layout = first->layout, .load = first->load, .isa = first->isa,
                                   .dtype = first->dtype, .model = first->model, .rep = -1});
}

int mw_summarise(mw_session *s, mw_error *err)
{
    const size_t rows = s->results.n_rows;
    entry *entries = malloc((rows + 1) * sizeof *entries);
    double *x = malloc((rows + s->tokens.n_rows + s->roof.n_rows + 1) * sizeof *x);
    size_t n = 0;
    if (!entries || !x) {
        free(entries);
        free(x);
        return mw_fail(err, -ENOMEM, "no memory to sum up %zu rows", rows);
    }
    for (mw_row row = {0}; mw_rows_next(&s->results, &(mw_filter){.of = MW_OF_PROCESSES}, &row);)
        entries[n++] = (entry){row, row.index};
    qsort(entries, n, sizeof *entries, by_series);
    for (size_t i = 1; i < n; i++)
        if (compare_series(&entries[i - 1].row, &entries[i].row) == 0)
            entries[i].first = entries[i - 1].first;
    qsort(entries, n, sizeof *entries, by_first);
    for (size_t i = 0, end; i < n && !s->results.out_of_memory; i = end) {
        end = i + 1;
        while (end < n && entries[end].first == entries[i].first)
            end++;
        summarise(s, entries + i, end - i, x);
    }
    free(entries);
    free(x);
    return 0;
}

int mw_roof_fractions_check(const mw_session *s, mw_error *err)
{
    /* of one process alone its blocks tell, of several the summary */
    const mw_filter f = {.metric = "roof_fraction", .of = s->options->reps == 1 ? MW_OF_PROCESSES : MW_OF_RUN};
    for (mw_row r = {0}; mw_rows_next(&s->results, &f, &r);)
        if (strcmp(r.provenance, "measured") == 0 && r.low > MW_ROOF_FRACTION_MOST)
            return mw_fail(
                err, -EDOM,
                "%s on %d threads seems to reach %.2f of its roof: the roof was measured badly; run again on a "
                "quieter machine",
                r.variant, r.threads, r.value);
    return 0;
}

/* --- what kind of noise the run was in, as plain sentences --- */

/* The machine's own roof over time, for each thread count. */
static void machine_noise(mw_session *s, double *x)
{
    bool seen[MW_MAX_CPUS + 1] = {false};
    for (size_t i = 0; i < s->roof.n_rows; i++) {
        const mw_cell *row = mw_csv_cells(&s->roof, i);
        char text[MW_CELL_TEXT_BYTES];
        const int threads = (int)mw_cell_value(&row[MW_ROOF_threads]);
        if (strcmp(mw_cell_text(&row[MW_ROOF_variant], text), "machine") != 0 || threads < 1 || threads > MW_MAX_CPUS ||
            seen[threads])
            continue;
        seen[threads] = true;
        const mw_key keys[] = {{MW_ROOF_variant, "machine"}, {MW_ROOF_threads, .number = threads}, {0}};
        const size_t n = mw_csv_numbers(&s->roof, MW_ROOF_roof_gbs, keys, x);
        const mw_drift drift = mw_drift_of(x, n);
        const mw_modes modes = mw_modes_of(x, n);
        if (drift.found)
            mw_session_warn(s,
                            "the machine's own roof (threads: %d) drifted from %.1f to %.1f GB/s during the run: trust "
                            "shares of the roof, not tokens/s",
                            threads, drift.from, drift.to);
        if (modes.found)
            mw_session_warn(s,
                            "the machine's own roof (threads: %d) jumps between %.1f and %.1f GB/s (%.0f %% of the "
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
        snprintf(threads, sizeof threads, r.threads ? "%d" : "?", r.threads);
        const size_t n = pooled(s, &r, x);
        const mw_modes modes = mw_modes_of(x, n);
        all += n > 0;
        if (modes.found && two++ == 0)
            snprintf(example, sizeof example, "%s, threads %s: %.1f and %.1f ms, the slower in %.0f %%", r.variant,
                     threads, modes.low * 1e-3, modes.high * 1e-3, 100 * modes.share_high);
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

/* What others took from the machine while tokens and sweeps were timed; how long the sweeps took is not recorded. */
static void disturbance_noise(mw_session *s, double *x)
{
    const double tokens = sum_of(&s->blocks, MW_BLOCKS_tokens_us, x), steal = sum_of(&s->blocks, MW_BLOCKS_steal_us, x),
                 pressure = sum_of(&s->blocks, MW_BLOCKS_cpu_pressure_us, x);
    if (steal > 0.01 * tokens)
        mw_session_warn(s, "the hypervisor took %.1f s of CPU time during %.1f s of tokens and the sweeps next to them",
                        steal * 1e-6, tokens * 1e-6);
    if (pressure > 0.05 * tokens)
        mw_session_warn(s,
                        "tasks waited for a CPU for %.1f s during %.1f s of tokens and the sweeps next to them: the "
                        "machine was busy",
                        pressure * 1e-6, tokens * 1e-6);
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
