/* From the rows of two runs to the table of the comparison. */
#include "bench/compare/compare_parts.h"
#include "bench/stats/stats.h"
#include "bench/tables/metrics.h"
#include "bench/tables/rows.h"
#include "platform/os.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One row that takes part; positive metrics by the logarithm of their value. */
typedef struct entry {
    const mw_metric *metric;
    mw_row row;
    double value;
} entry;

/* The rows of a run. Sorted, so that those of one figure stand together, and among them those of one process. */
typedef struct series {
    entry *entries;
    double *values; /* room for one per process */
    size_t n;
    size_t at, length; /* the figure whose turn it is */
} series;

static int by_figure(const entry *a, const entry *b)
{
    int c = (a->metric > b->metric) - (a->metric < b->metric);
    c = c ? c : strcmp(a->row.suite, b->row.suite);
    c = c ? c : strcmp(a->row.phase, b->row.phase);
    c = c ? c : strcmp(a->row.param, b->row.param);
    c = c ? c : (a->row.threads > b->row.threads) - (a->row.threads < b->row.threads);
    return c ? c : strcmp(a->row.variant, b->row.variant);
}

static int by_process(const entry *a, const entry *b)
{
    const int c = strcmp(a->row.run_id, b->row.run_id);
    return c ? c : (a->row.rep > b->row.rep) - (a->row.rep < b->row.rep);
}

static int in_order(const void *a, const void *b)
{
    const int c = by_figure(a, b);
    return c ? c : by_process(a, b);
}

static bool about_machine(const mw_metric *m)
{
    return strcmp(m->name, "machine_roof_gbs") == 0 || strcmp(m->name, "roof_gbs") == 0;
}

/* Picks the rows of a run that are to be compared; a value that is not available takes no part. */
static int pick(const mw_csv *run, const char *path, series *s, mw_error *err)
{
    s->entries = calloc(run->n_rows, sizeof *s->entries);
    s->values = calloc(run->n_rows, sizeof *s->values);
    if (!s->entries || !s->values)
        return mw_fail(err, -ENOMEM, "%s: no memory to compare it", path);
    for (size_t i = 0; i < run->n_rows; i++) {
        char text[MW_CELL_TEXT_BYTES];
        const mw_cell *cell = &mw_csv_cells(run, i)[MW_RESULTS_value];
        const mw_row row = mw_rows_at(run, i);
        const mw_metric *m = mw_metric_find(row.metric);
        if (!m || cell->kind == MW_CELL_EMPTY || (m->better == MW_NEITHER && !about_machine(m)))
            continue;
        if (!isfinite(row.value) || (m->positive && row.value <= 0))
            return mw_fail(err, -EINVAL, "%.200s: row %zu: '%.80s' is no value of %s; was the file damaged?", path,
                           i + 1, mw_cell_text(cell, text), m->name);
        s->entries[s->n++] = (entry){m, row, m->positive ? log(row.value) : row.value};
    }
    qsort(s->entries, s->n, sizeof *s->entries, in_order);
    return 0;
}

/* The processes' values of a figure into s->values, their number into *n; the mean over them, or that of the summary
 * if there are none. What one process says several times counts once: the process is the cluster. */
static double sum_up(const series *s, size_t *n)
{
    double summary = 0;
    size_t summaries = 0;
    *n = 0;
    for (size_t i = 0, of; i < s->length; i += of) {
        const entry *e = &s->entries[s->at + i];
        double sum = 0;
        for (of = 0; i + of < s->length && by_process(e, e + of) == 0; of++)
            sum += e[of].value;
        if (e->row.rep) {
            s->values[(*n)++] = sum / (double)of;
        } else {
            summary += sum;
            summaries += of;
        }
    }
    return *n > 0 ? mw_mean(s->values, *n) : summary / (double)summaries;
}

static mw_cell name(const char *text)
{
    return mw_text(*text ? text : NULL);
}

/* A difference as the table has it: in per cent, or as it is. */
static mw_cell difference(const mw_metric *m, double d)
{
    return mw_real(m->positive ? 100 * expm1(d) : d);
}

/* Appends the row of the figure whose turn it is on both sides. */
static void add_figure(mw_comparison *c, const series *s)
{
    const entry *e = &s[MW_NEW].entries[s[MW_NEW].at];
    const mw_metric *m = e->metric;
    size_t n[MW_SIDES];
    double value[MW_SIDES];
    for (int side = 0; side < MW_SIDES; side++)
        value[side] = sum_up(&s[side], &n[side]);
    const mw_interval ci = mw_interval_difference(s[MW_OLD].values, n[MW_OLD], s[MW_NEW].values, n[MW_NEW]);
    const bool more = ci.low > 0, less = ci.high < 0, moved = more || less, judged = m->better != MW_NEITHER;
    const bool better = more == (m->better == MW_MORE_IS_BETTER);
    c->judged += judged && !isnan(ci.low);
    c->worse += judged && moved && !better;
    c->machine_moved |= about_machine(m) && moved;
    const mw_cell row[MW_COMPARE_COUNT] = {
        [MW_COMPARE_suite] = name(e->row.suite),
        [MW_COMPARE_phase] = name(e->row.phase),
        [MW_COMPARE_variant] = name(e->row.variant),
        [MW_COMPARE_threads] = mw_whole(e->row.threads ? e->row.threads : MW_UNKNOWN),
        [MW_COMPARE_metric] = mw_text(m->name),
        [MW_COMPARE_param] = name(e->row.param),
        [MW_COMPARE_old] = mw_real(m->positive ? exp(value[MW_OLD]) : value[MW_OLD]),
        [MW_COMPARE_new] = mw_real(m->positive ? exp(value[MW_NEW]) : value[MW_NEW]),
        [MW_COMPARE_unit] = mw_text(m->unit),
        [MW_COMPARE_change] = difference(m, value[MW_NEW] - value[MW_OLD]),
        [MW_COMPARE_ci_low] = difference(m, ci.low),
        [MW_COMPARE_ci_high] = difference(m, ci.high),
        [MW_COMPARE_change_unit] = mw_text(m->positive ? "%" : m->unit),
        [MW_COMPARE_n_old] = mw_whole((int64_t)n[MW_OLD]),
        [MW_COMPARE_n_new] = mw_whole((int64_t)n[MW_NEW]),
        [MW_COMPARE_verdict] = mw_text(!judged  ? NULL
                                       : !moved ? "no evidence"
                                                : mw_metric_verdict(m, better)),
    };
    mw_csv_append(&c->table, row);
}

/* Entries that are about the same figure as the one whose turn it is. */
static size_t figure_length(const series *s)
{
    size_t n = 1;
    while (s->at + n < s->n && by_figure(&s->entries[s->at], &s->entries[s->at + n]) == 0)
        n++;
    return n;
}

/* Walks through both sorted lists at once. */
static int join(mw_comparison *c, series *s, mw_error *err)
{
    series *old = &s[MW_OLD], *new = &s[MW_NEW];
    while (old->at < old->n || new->at < new->n) {
        const int order = old->at == old->n   ? 1
                          : new->at == new->n ? -1
                                              : by_figure(&old->entries[old->at], &new->entries[new->at]);
        old->length = order <= 0 ? figure_length(old) : 0;
        new->length = order >= 0 ? figure_length(new) : 0;
        c->alone[MW_OLD] += order < 0;
        c->alone[MW_NEW] += order > 0;
        if (order == 0)
            add_figure(c, s);
        old->at += old->length;
        new->at += new->length;
    }
    if (c->table.out_of_memory)
        return mw_fail(err, -ENOMEM, "no memory for the table of the comparison");
    if (c->table.n_rows == 0)
        return mw_fail(err, -EINVAL, "%.250s and %.250s have no figure in common: no variant, thread count and metric",
                       c->path[MW_OLD], c->path[MW_NEW]);
    return 0;
}

int mw_compare_series(mw_comparison *c, mw_error *err)
{
    series s[MW_SIDES] = {{0}, {0}};
    int rc = 0;
    for (int side = 0; side < MW_SIDES && !rc; side++)
        rc = pick(&c->run[side], c->path[side], &s[side], err);
    if (!rc)
        rc = join(c, s, err);
    for (int side = 0; side < MW_SIDES; side++) {
        free(s[side].entries);
        free(s[side].values);
    }
    return rc;
}
