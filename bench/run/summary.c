#include "bench/run/summary.h"

#include "bench/tables/metrics.h"

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

static int by_index(const mw_row *a, const mw_row *b)
{
    return (a->index > b->index) - (a->index < b->index);
}

static int by_series(const void *a, const void *b)
{
    const entry *x = a, *y = b;
    int order = compare_series(&x->row, &y->row);
    return order ? order : by_index(&x->row, &y->row);
}

static int by_first(const void *a, const void *b)
{
    const entry *x = a, *y = b;
    return x->first != y->first ? (x->first > y->first) - (x->first < y->first) : by_index(&x->row, &y->row);
}

/* A thread count as a cell has it. */
static const char *threads_text(const mw_row *row, char to[16])
{
    snprintf(to, 16, row->threads ? "%d" : "", row->threads);
    return to;
}

/* Latencies of all processes that a percentile is taken over; x[] has room for all tokens. */
static size_t pooled(const mw_session *s, const mw_row *like, double *x)
{
    char threads[16];
    return mw_csv_numbers(&s->tokens, MW_TOKENS_latency_us,
                          (mw_key[]){{MW_TOKENS_variant, like->variant},
                                     {MW_TOKENS_threads, threads_text(like, threads)},
                                     {MW_TOKENS_phase, like->phase},
                                     {0}},
                          x);
}

/* Likewise, times of the roof sweeps over a variant's pages; any unit will do. */
static size_t pooled_sweeps(const mw_session *s, const mw_row *like, double *x)
{
    char threads[16];
    const mw_key keys[] = {{MW_ROOF_variant, like->variant}, {MW_ROOF_threads, threads_text(like, threads)}, {0}};
    const size_t n = mw_csv_numbers(&s->roof, MW_ROOF_roof_gbs, keys, x);
    for (size_t i = 0; i < n; i++)
        x[i] = 1 / x[i];
    return n;
}

/* The share that an itl_pNN_us metric is about, or 0. */
static double percentile_of(const char *metric)
{
    static const struct {
        const char *name;
        double p;
    } all[] = {{"itl_p50_us", 0.5}, {"itl_p90_us", 0.9}, {"itl_p99_us", 0.99}, {"itl_p999_us", 0.999}};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (strcmp(metric, all[i].name) == 0)
            return all[i].p;
    return 0;
}

/* P99 over P50 of x[n], which gets sorted. */
static mw_tail tail_of(double *x, size_t n)
{
    mw_sort(x, n);
    return n > 0 ? mw_tail_ratio(x, n) : (mw_tail){NAN, {NAN, NAN}};
}

/* Metrics that are taken again over the samples of all processes: fills value, interval and n, or returns false. Not
 * `tail_excess`: a process that is slow from end to end is so in tokens and sweeps, and the difference within it knows
 * nothing of that. */
static bool of_all(const mw_session *s, const mw_row *like, double *x, double *value, mw_interval *ci, size_t *n)
{
    const double p = percentile_of(like->metric);
    const bool sweeps = strcmp(like->metric, "roof_tail_ratio") == 0;
    if (p == 0 && !sweeps && strcmp(like->metric, "tail_ratio") != 0)
        return false;
    *n = sweeps ? pooled_sweeps(s, like, x) : pooled(s, like, x);
    mw_tail tail = tail_of(x, *n);
    if (p > 0 && *n > 0) {
        tail.ratio = mw_percentile(x, *n, p);
        tail.ci = mw_interval_percentile(x, *n, p);
    }
    *value = tail.ratio;
    *ci = tail.ci;
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
    double value = NAN;
    mw_interval ci = {NAN, NAN};
    if (values > 0 && !of_all(s, first, x, &value, &ci, &samples)) {
        for (size_t i = 0; logs && i < values; i++)
            x[i] = log(x[i]);
        value = mw_mean(x, values);
        ci = s->first_stage ? mw_interval_stein(x, values, s->first_stage) : mw_interval_mean(x, values);
        if (logs) {
            value = exp(value);
            ci = (mw_interval){exp(ci.low), exp(ci.high)};
        }
    }
    char note[256];
    note_of(group, n, ci, note, sizeof note);
    mw_session_record(s, NULL, first->threads,
                      &(mw_result){first->metric, first->unit, value, samples, .suite = first->suite,
                                   .phase = first->phase, .ci = &ci, .param = first->param, .note = note,
                                   .provenance = first->provenance, .variant = first->variant, .kernel = first->kernel,
                                   .layout = first->layout, .load = first->load, .isa = first->isa,
                                   .model = first->model, .rep = -1});
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
        for (end = i + 1; end < n && entries[end].first == entries[i].first; end++)
            ;
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
