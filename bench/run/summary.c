#include "bench/run/summary.h"

#include "bench/tables/metrics.h"
#include "bench/units/roof.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What tells one series of repetitions from another. */
static const size_t key[] = {MW_RESULTS_model,  MW_RESULTS_suite,  MW_RESULTS_phase, MW_RESULTS_variant,
                             MW_RESULTS_kernel, MW_RESULTS_layout, MW_RESULTS_load,  MW_RESULTS_threads,
                             MW_RESULTS_metric, MW_RESULTS_param};

double mw_cell_number(const char *cell)
{
    return cell && *cell ? strtod(cell, NULL) : NAN;
}

static int compare_text(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "");
}

static int compare_keys(char *const *a, char *const *b)
{
    int order = 0;
    for (size_t k = 0; k < sizeof key / sizeof key[0] && !order; k++)
        order = compare_text(a[key[k]], b[key[k]]);
    return order;
}

/* A row of a repetition, and where it stood. */
typedef struct entry {
    char *const *row;
    size_t index, first; /* of the row; of its group's first row */
} entry;

static int by_key(const void *a, const void *b)
{
    const entry *x = a, *y = b;
    int order = compare_keys(x->row, y->row);
    return order ? order : (x->index > y->index) - (x->index < y->index);
}

static int by_first(const void *a, const void *b)
{
    const entry *x = a, *y = b;
    return x->first != y->first ? (x->first > y->first) - (x->first < y->first)
                                : (x->index > y->index) - (x->index < y->index);
}

/* Latencies of all processes that a percentile is taken over; returns how many, x[] has room for all tokens. */
static size_t pooled(const mw_session *s, char *const *like, double *x)
{
    size_t n = 0;
    for (size_t i = 0; i < s->tokens.n_rows; i++) {
        char *const *t = mw_csv_row(&s->tokens, i);
        if (compare_text(t[MW_TOKENS_variant], like[MW_RESULTS_variant]) == 0 &&
            compare_text(t[MW_TOKENS_threads], like[MW_RESULTS_threads]) == 0 &&
            compare_text(t[MW_TOKENS_phase], like[MW_RESULTS_phase]) == 0)
            x[n++] = mw_cell_number(t[MW_TOKENS_latency_us]);
    }
    return n;
}

/* Likewise, times of the roof sweeps over a variant's pages; any unit will do. */
static size_t pooled_sweeps(const mw_session *s, char *const *like, double *x)
{
    size_t n = 0;
    for (size_t i = 0; i < s->roof.n_rows; i++) {
        char *const *r = mw_csv_row(&s->roof, i);
        if (compare_text(r[MW_ROOF_variant], like[MW_RESULTS_variant]) == 0 &&
            compare_text(r[MW_ROOF_threads], like[MW_RESULTS_threads]) == 0)
            x[n++] = 1 / mw_cell_number(r[MW_ROOF_roof_gbs]);
    }
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
static bool of_all(const mw_session *s, char *const *like, double *x, double *value, mw_interval *ci, size_t *n)
{
    const char *metric = like[MW_RESULTS_metric];
    const double p = percentile_of(metric);
    const bool sweeps = strcmp(metric, "roof_tail_ratio") == 0;
    if (p == 0 && !sweeps && strcmp(metric, "tail_ratio") != 0)
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

/* One summary of the group rows[n]; `x` is room for n values, all tokens or all sweeps. */
static void summarise(mw_session *s, const entry *group, size_t n, double *x)
{
    char *const *first = group[0].row;
    const mw_metric *info = mw_metric_find(first[MW_RESULTS_metric]);
    size_t values = 0, samples = 0;
    bool logs = info && info->positive, same_note = true;
    for (size_t i = 0; i < n; i++) {
        double value = mw_cell_number(group[i].row[MW_RESULTS_value]);
        same_note &= compare_text(group[i].row[MW_RESULTS_note], first[MW_RESULTS_note]) == 0;
        if (!isfinite(value))
            continue;
        x[values++] = value;
        logs &= value > 0;
        samples += (size_t)mw_cell_number(group[i].row[MW_RESULTS_n]);
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
    const char *own =
        first[MW_RESULTS_note] && strncmp(first[MW_RESULTS_note], "interval:", 9) != 0 ? first[MW_RESULTS_note] : NULL;
    const char *verdict = strcmp(first[MW_RESULTS_metric], "aa_ratio") != 0 || !isfinite(ci.low) ? NULL
                          : ci.low > 1 || ci.high < 1                                            ? "different"
                                                                                                 : "no difference";
    const char *threads = first[MW_RESULTS_threads], *model = first[MW_RESULTS_model]; /* `first` moves */
    char note[256];
    snprintf(note, sizeof note, "%zu process%s%s%s%s", n, n == 1 ? "" : "es", verdict || own ? "; " : "",
             verdict ? verdict
             : own   ? own
                     : "",
             own && !same_note ? " (differs between processes)" : "");
    mw_session_record(s, NULL, 0,
                      &(mw_result){first[MW_RESULTS_metric], first[MW_RESULTS_unit], value, samples,
                                   .suite = first[MW_RESULTS_suite], .phase = first[MW_RESULTS_phase], .ci = &ci,
                                   .param = first[MW_RESULTS_param], .note = note,
                                   .provenance = first[MW_RESULTS_provenance], .variant = first[MW_RESULTS_variant],
                                   .kernel = first[MW_RESULTS_kernel], .layout = first[MW_RESULTS_layout],
                                   .load = first[MW_RESULTS_load], .isa = first[MW_RESULTS_isa], .rep = -1});
    if (threads)
        mw_csv_set(&s->results, MW_RESULTS_threads, "%s", threads);
    if (model)
        mw_csv_set(&s->results, MW_RESULTS_model, "%s", model);
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
    for (size_t i = 0; i < rows; i++)
        if (mw_csv_row(&s->results, i)[MW_RESULTS_rep])
            entries[n++] = (entry){mw_csv_row(&s->results, i), i, i};
    qsort(entries, n, sizeof *entries, by_key);
    for (size_t i = 1; i < n; i++)
        if (compare_keys(entries[i - 1].row, entries[i].row) == 0)
            entries[i].first = entries[i - 1].first;
    qsort(entries, n, sizeof *entries, by_first);
    for (size_t i = 0, end; i < n && !s->results.out_of_memory; i = end) {
        for (end = i + 1; end < n && entries[end].first == entries[i].first; end++)
            ;
        /* adding rows moves the table */
        for (size_t k = i; k < end; k++)
            entries[k].row = mw_csv_row(&s->results, entries[k].index);
        summarise(s, entries + i, end - i, x);
    }
    free(entries);
    free(x);
    return 0;
}

static char *const *find(const mw_session *s, const char *variant, const char *threads, const char *metric,
                         const char *param, bool any_param)
{
    for (size_t i = 0; i < s->results.n_rows; i++) {
        char *const *row = mw_csv_row(&s->results, i);
        if (!row[MW_RESULTS_rep] && compare_text(row[MW_RESULTS_metric], metric) == 0 &&
            compare_text(row[MW_RESULTS_phase], "steady") == 0 && compare_text(row[MW_RESULTS_variant], variant) == 0 &&
            compare_text(row[MW_RESULTS_threads], threads) == 0 &&
            (any_param || compare_text(row[MW_RESULTS_param], param) == 0))
            return row;
    }
    return NULL;
}

char *const *mw_summary_find(const mw_session *s, const char *variant, const char *threads, const char *metric)
{
    return find(s, variant, threads, metric, NULL, true);
}

char *const *mw_summary_find_param(const mw_session *s, const char *variant, const char *threads, const char *metric,
                                   const char *param)
{
    return find(s, variant, threads, metric, param, false);
}

int mw_roof_fractions_check(const mw_session *s, mw_error *err)
{
    for (size_t i = 0; i < s->results.n_rows; i++) {
        /* of one process alone its blocks tell, of several the summary */
        char *const *row = mw_csv_row(&s->results, i);
        const bool alone = s->options->reps == 1;
        if (strcmp(row[MW_RESULTS_metric], "roof_fraction") == 0 && (row[MW_RESULTS_rep] != NULL) == alone &&
            strcmp(row[MW_RESULTS_provenance], "measured") == 0 &&
            mw_cell_number(row[MW_RESULTS_ci_low]) > MW_ROOF_FRACTION_MOST)
            return mw_fail(
                err, -EDOM,
                "%s on %s threads seems to reach %.2f of its roof: the roof was measured badly; run again on a "
                "quieter machine",
                row[MW_RESULTS_variant], row[MW_RESULTS_threads], mw_cell_number(row[MW_RESULTS_value]));
    }
    return 0;
}
