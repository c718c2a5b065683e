/* From the rows of two tables to changes with intervals and verdicts. */
#include "bench/compare/compare_parts.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One row that takes part; positive metrics by the logarithm of their value. */
typedef struct entry {
    const mw_metric *metric;
    char *const *row;
    double value;
} entry;

typedef struct series {
    entry *entries; /* sorted, so that those of one figure stand together, and in them those of one process */
    double *values; /* room for one a process */
    size_t n;
} series;

static bool about_machine(const mw_metric *m)
{
    return strcmp(m->name, "machine_roof_gbs") == 0 || strcmp(m->name, "roof_gbs") == 0;
}

static int compare_cells(const entry *a, const entry *b, size_t column)
{
    const char *x = a->row[column], *y = b->row[column];
    return strcmp(x ? x : "", y ? y : "");
}

/* Numbers without a sign or leading zeros: the longer one is the larger. */
static int compare_counts(const entry *a, const entry *b, size_t column)
{
    const char *x = a->row[column], *y = b->row[column];
    const size_t n = x ? strlen(x) : 0, m = y ? strlen(y) : 0;
    return n != m ? (n > m) - (n < m) : compare_cells(a, b, column);
}

static int compare_keys(const entry *a, const entry *b)
{
    int c = (a->metric > b->metric) - (a->metric < b->metric);
    c = c ? c : compare_cells(a, b, MW_RESULTS_suite);
    c = c ? c : compare_cells(a, b, MW_RESULTS_phase);
    c = c ? c : compare_cells(a, b, MW_RESULTS_param);
    c = c ? c : compare_counts(a, b, MW_RESULTS_threads);
    return c ? c : compare_cells(a, b, MW_RESULTS_variant);
}

static int same_process(const entry *a, const entry *b)
{
    return compare_cells(a, b, MW_RESULTS_run_id) == 0 && compare_cells(a, b, MW_RESULTS_rep) == 0;
}

static int in_order(const void *first, const void *second)
{
    const entry *a = first, *b = second;
    int c = compare_keys(a, b);
    c = c ? c : compare_cells(a, b, MW_RESULTS_run_id);
    return c ? c : compare_cells(a, b, MW_RESULTS_rep);
}

/* Picks the rows of one table that are to be compared; a value that is not available takes no part. */
static int pick(const mw_csv *csv, const char *path, series *s, mw_error *err)
{
    s->entries = calloc(csv->n_rows, sizeof *s->entries);
    s->values = calloc(csv->n_rows, sizeof *s->values);
    if (!s->entries || !s->values)
        return mw_fail(err, -ENOMEM, "%s: no memory to compare it", path);
    for (size_t i = 0; i < csv->n_rows; i++) {
        char *const *row = mw_csv_row(csv, i);
        const mw_metric *m = row[MW_RESULTS_metric] ? mw_metric_find(row[MW_RESULTS_metric]) : NULL;
        const char *text = row[MW_RESULTS_value];
        if (!m || !text || (m->better == MW_NEITHER && !about_machine(m)))
            continue;
        char *end;
        const double value = strtod(text, &end);
        if (*end || end == text || !isfinite(value) || (m->positive && value <= 0))
            return mw_fail(err, -EINVAL, "%.200s: row %zu: '%.80s' is no value of %s; was the file damaged?", path,
                           i + 1, text, m->name);
        s->entries[s->n++] = (entry){m, row, m->positive ? log(value) : value};
    }
    qsort(s->entries, s->n, sizeof *s->entries, in_order);
    return 0;
}

/* Entries from `first` on that are about the same figure. */
static size_t run_length(const series *s, size_t first)
{
    size_t n = 1;
    while (first + n < s->n && compare_keys(&s->entries[first], &s->entries[first + n]) == 0)
        n++;
    return n;
}

/* The processes' values into s->values, their number into *n; the mean over them, or that of the summary if there are
 * none. What one process says several times counts once: the process is the cluster. */
static double sum_up(const series *s, size_t first, size_t length, size_t *n)
{
    double summary = 0;
    size_t summaries = 0;
    *n = 0;
    for (size_t i = 0, of; i < length; i += of) {
        const entry *e = &s->entries[first + i];
        double sum = 0;
        for (of = 0; i + of < length && same_process(e, e + of); of++)
            sum += e[of].value;
        if (e->row[MW_RESULTS_rep]) {
            s->values[(*n)++] = sum / (double)of;
        } else {
            summary += sum;
            summaries += of;
        }
    }
    return *n > 0 ? mw_mean(s->values, *n) : summary / (double)summaries;
}

static double per_cent(double log_ratio)
{
    return 100 * expm1(log_ratio);
}

static mw_change change_of(const series *s, const size_t *first, const size_t *length)
{
    const entry *e = &s[MW_NEW].entries[first[MW_NEW]];
    mw_change c = {.metric = e->metric, .row = e->row};
    for (int side = 0; side < MW_SIDES; side++)
        c.value[side] = sum_up(&s[side], first[side], length[side], &c.n[side]);
    c.change = c.value[MW_NEW] - c.value[MW_OLD];
    c.ci = mw_interval_difference(s[MW_OLD].values, c.n[MW_OLD], s[MW_NEW].values, c.n[MW_NEW]);
    const bool more = c.ci.low > 0, less = c.ci.high < 0;
    if (e->metric->better != MW_NEITHER)
        c.verdict = !more && !less                                     ? "no evidence"
                    : more == (e->metric->better == MW_MORE_IS_BETTER) ? "faster"
                                                                       : "slower";
    if (e->metric->positive) {
        c.change = per_cent(c.change);
        c.ci = (mw_interval){per_cent(c.ci.low), per_cent(c.ci.high)};
        for (int side = 0; side < MW_SIDES; side++)
            c.value[side] = exp(c.value[side]);
    }
    return c;
}

static void count(mw_comparison *c, const mw_change *change)
{
    const bool has_interval = !isnan(change->ci.low);
    c->judged += change->verdict && has_interval;
    c->slower += change->verdict && strcmp(change->verdict, "slower") == 0;
    if (about_machine(change->metric) && (change->ci.low > 0 || change->ci.high < 0))
        c->machine_moved = true;
}

/* Walks both sorted lists side by side. */
static int join(mw_comparison *c, const series *s, mw_error *err)
{
    c->changes = calloc(s[MW_OLD].n + 1, sizeof *c->changes);
    if (!c->changes)
        return mw_fail(err, -ENOMEM, "no memory for the comparison");
    size_t at[MW_SIDES] = {0}, length[MW_SIDES];
    while (at[MW_OLD] < s[MW_OLD].n || at[MW_NEW] < s[MW_NEW].n) {
        const bool old_left = at[MW_OLD] < s[MW_OLD].n, new_left = at[MW_NEW] < s[MW_NEW].n;
        const int order = !old_left   ? 1
                          : !new_left ? -1
                                      : compare_keys(&s[MW_OLD].entries[at[MW_OLD]], &s[MW_NEW].entries[at[MW_NEW]]);
        length[MW_OLD] = order <= 0 ? run_length(&s[MW_OLD], at[MW_OLD]) : 0;
        length[MW_NEW] = order >= 0 ? run_length(&s[MW_NEW], at[MW_NEW]) : 0;
        c->alone[MW_OLD] += order < 0;
        c->alone[MW_NEW] += order > 0;
        if (order == 0) {
            c->changes[c->n_changes] = change_of(s, at, length);
            count(c, &c->changes[c->n_changes++]);
        }
        at[MW_OLD] += length[MW_OLD];
        at[MW_NEW] += length[MW_NEW];
    }
    if (c->n_changes == 0)
        return mw_fail(err, -EINVAL, "%.250s and %.250s have no figure in common: no variant, thread count and metric",
                       c->path[MW_OLD], c->path[MW_NEW]);
    return 0;
}

int mw_compare_series(mw_comparison *c, mw_error *err)
{
    series s[MW_SIDES] = {{0}, {0}};
    int rc = 0;
    for (int side = 0; side < MW_SIDES && !rc; side++)
        rc = pick(&c->table[side], c->path[side], &s[side], err);
    if (!rc)
        rc = join(c, s, err);
    for (int side = 0; side < MW_SIDES; side++) {
        free(s[side].entries);
        free(s[side].values);
    }
    return rc;
}
