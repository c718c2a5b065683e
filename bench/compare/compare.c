#include "bench/compare/compare.h"

#include "bench/stats/stats.h"
#include "bench/tables/csv.h"
#include "bench/tables/rows.h"
#include "platform/os.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

__attribute__((format(printf, 2, 3))) static void add_note(mw_comparison *c, const char *format, ...)
{
    if (c->n_notes == sizeof c->notes / sizeof c->notes[0])
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(c->notes[c->n_notes++], sizeof c->notes[0], format, args);
    va_end(args);
}

/* Rows of suites that measure no whole variant get the name of what they measure. */
static int read_run(mw_comparison *c, int side, mw_error *err)
{
    mw_csv *run = &c->run[side];
    const char *path = c->path[side];
    char name[256];
    int rc = mw_folder_read(path, run, NULL, 0, err);
    if (!rc && run->n_rows == 0)
        rc = mw_fail(err, -EINVAL, "%s: holds no results, only the names of the columns", path);
    for (size_t i = 0; i < run->n_rows; i++) {
        const mw_row r = mw_rows_at(run, i);
        if (*r.variant || !(*r.kernel || *r.layout || *r.load))
            continue;
        snprintf(name, sizeof name, "%s%s%s%s%s", *r.kernel ? r.kernel : "-", *r.layout || *r.load ? "/" : "", r.layout,
                 *r.load ? "/" : "", r.load);
        mw_csv_replace(run, i, MW_RESULTS_variant, mw_text(name));
    }
    return !rc && run->out_of_memory ? mw_fail(err, -ENOMEM, "%s: no memory for its rows", path) : rc;
}

/* --- what has to be alike --- */

/* What a difference in a column means: it is refused, refused unless forced, or only told. */
static const struct {
    size_t column;
    enum { NEVER, FORCED, NOTED } if_different;
} facts[] = {{MW_RESULTS_schema, NEVER}, {MW_RESULTS_cpu, FORCED},   {MW_RESULTS_arch, FORCED},
             {MW_RESULTS_model, FORCED}, {MW_RESULTS_dtype, FORCED}, {MW_RESULTS_page_bytes, FORCED},
             {MW_RESULTS_host, NOTED},   {MW_RESULTS_os, NOTED},     {MW_RESULTS_provenance, FORCED}};

/* Of the kinds of provenance two are about timings; the others have nothing to do with where a run took place. */
static bool tells(size_t column, const mw_cell *cell)
{
    return cell->kind == MW_CELL_TEXT && *cell->text &&
           (column != MW_RESULTS_provenance || strcmp(cell->text, "measured") == 0 ||
            strcmp(cell->text, "emulated") == 0);
}

/* The one value of a column; "" if all of its cells are empty. */
static int fact_of(const mw_comparison *c, int side, size_t column, const char **value, mw_error *err)
{
    *value = "";
    for (size_t i = 0; i < c->run[side].n_rows; i++) {
        const mw_cell *cell = &mw_csv_cells(&c->run[side], i)[column];
        if (!tells(column, cell) || strcmp(cell->text, *value) == 0)
            continue;
        if (**value)
            return mw_fail(err, -EINVAL, "%.200s: has rows of more than one %s ('%.80s', '%.80s'); give it one run",
                           c->path[side], c->run[side].columns[column], *value, cell->text);
        *value = cell->text;
    }
    return 0;
}

static int check_facts(mw_comparison *c, bool force, mw_error *err)
{
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        const char *name = c->run[MW_OLD].columns[facts[i].column], *old, *new;
        int rc = fact_of(c, MW_OLD, facts[i].column, &old, err);
        if (!rc)
            rc = fact_of(c, MW_NEW, facts[i].column, &new, err);
        if (rc)
            return rc;
        if (strcmp(old, "emulated") == 0 || strcmp(new, "emulated") == 0)
            add_note(c, "EMULATED: these are not timings of a real CPU.");
        if (strcmp(old, new) == 0)
            continue;
        if (facts[i].if_different == NEVER || (facts[i].if_different == FORCED && !force))
            return mw_fail(err, -EXDEV, "%s differs: '%.80s' before, '%.80s' now; %s", name, old, new,
                           facts[i].if_different == NEVER ? "such tables cannot be compared"
                                                          : "--force compares anyway");
        add_note(c, "%s differs: '%.80s' before, '%.80s' now%s.", name, old, new,
                 facts[i].if_different == FORCED ? "; compared all the same" : "");
    }
    return 0;
}

/* --- from rows to the table --- */

/* One row that takes part; positive metrics by the logarithm of their value. */
typedef struct entry {
    const mw_metric *metric;
    mw_row row;
    int side;
    double value;
} entry;

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
    int c = a->side - b->side;
    c = c ? c : strcmp(a->row.run_id, b->row.run_id);
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

/* Appends the rows of a run that are to be compared; a value that is not available takes no part. */
static int pick(const mw_comparison *c, int side, entry *entries, size_t *n, mw_error *err)
{
    for (size_t i = 0; i < c->run[side].n_rows; i++) {
        char text[MW_CELL_TEXT_BYTES];
        const mw_cell *cell = &mw_csv_cells(&c->run[side], i)[MW_RESULTS_value];
        const mw_row row = mw_rows_at(&c->run[side], i);
        const mw_metric *m = mw_metric_find(row.metric);
        if (!m || cell->kind == MW_CELL_EMPTY || (m->better == MW_NEITHER && !about_machine(m)))
            continue;
        if (!isfinite(row.value) || (m->positive && row.value <= 0))
            return mw_fail(err, -EINVAL, "%.200s: row %zu: '%.80s' is not a valid value of %s; was the file damaged?",
                           c->path[side], i + 1, mw_cell_text(cell, text), m->name);
        entries[(*n)++] = (entry){m, row, side, m->positive ? log(row.value) : row.value};
    }
    return 0;
}

/* What one side says about a figure: its processes' values into x[*n], and the mean over them, or that of the summary
 * if there are none. What one process says several times counts once: the process is the cluster. */
static double sum_up(const entry *e, size_t length, double *x, size_t *n)
{
    double summary = 0;
    size_t summaries = 0;
    *n = 0;
    for (size_t i = 0, of; i < length; i += of) {
        double sum = 0;
        for (of = 0; i + of < length && by_process(&e[i], &e[i + of]) == 0; of++)
            sum += e[i + of].value;
        if (e[i].row.rep) {
            x[(*n)++] = sum / (double)of;
        } else {
            summary += sum;
            summaries += of;
        }
    }
    return *n > 0 ? mw_mean(x, *n) : summary / (double)summaries;
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

/* Appends the row of a figure, from all entries about it, those of the old run first. */
static void add_figure(mw_comparison *c, const entry *e, size_t length, double *x)
{
    const mw_metric *m = e->metric;
    size_t olds = 0, n_old, n_new;
    while (olds < length && e[olds].side == MW_OLD)
        olds++;
    if (olds == 0 || olds == length) {
        c->alone[e->side]++;
        return;
    }
    const double old = sum_up(e, olds, x, &n_old), new = sum_up(e + olds, length - olds, x + n_old, &n_new);
    const mw_interval ci = mw_interval_difference(x, n_old, x + n_old, n_new);
    const bool more = ci.low > 0, less = ci.high < 0, moved = more || less, judged = m->better != MW_NEITHER;
    const bool better = more == (m->better == MW_MORE_IS_BETTER);
    c->judged += judged && !isnan(ci.low);
    c->worse += judged && moved && !better;
    c->machine_moved |= about_machine(m) && moved;
    mw_csv_append(&c->table, (mw_cell[MW_COMPARE_COUNT]){
                                 [MW_COMPARE_suite] = name(e->row.suite),
                                 [MW_COMPARE_phase] = name(e->row.phase),
                                 [MW_COMPARE_variant] = name(e->row.variant),
                                 [MW_COMPARE_threads] = mw_whole(e->row.threads ? e->row.threads : MW_UNKNOWN),
                                 [MW_COMPARE_metric] = mw_text(m->name),
                                 [MW_COMPARE_param] = name(e->row.param),
                                 [MW_COMPARE_old] = mw_real(m->positive ? exp(old) : old),
                                 [MW_COMPARE_new] = mw_real(m->positive ? exp(new) : new),
                                 [MW_COMPARE_unit] = mw_text(m->unit),
                                 [MW_COMPARE_change] = difference(m, new - old),
                                 [MW_COMPARE_ci_low] = difference(m, ci.low),
                                 [MW_COMPARE_ci_high] = difference(m, ci.high),
                                 [MW_COMPARE_change_unit] = mw_text(m->positive ? "%" : m->unit),
                                 [MW_COMPARE_n_old] = mw_whole((int64_t)n_old),
                                 [MW_COMPARE_n_new] = mw_whole((int64_t)n_new),
                                 [MW_COMPARE_verdict] = mw_text(!judged  ? NULL
                                                                : !moved ? "no evidence"
                                                                         : mw_metric_verdict(m, better)),
                             });
}

/* Fills table and counts from the two runs. -EINVAL for a value that is none, or if there is nothing that both runs
 * have; -ENOMEM. */
static int compare_rows(mw_comparison *c, mw_error *err)
{
    const size_t most = c->run[MW_OLD].n_rows + c->run[MW_NEW].n_rows;
    entry *entries = calloc(most, sizeof *entries);
    double *x = calloc(most, sizeof *x);
    size_t n = 0;
    int rc = entries && x ? 0 : mw_fail(err, -ENOMEM, "%s: no memory to compare it", c->path[MW_NEW]);
    for (int side = 0; side < MW_SIDES && !rc; side++)
        rc = pick(c, side, entries, &n, err);
    if (!rc)
        qsort(entries, n, sizeof *entries, in_order);
    for (size_t at = 0, end; at < n && !rc; at = end) {
        for (end = at + 1; end < n && by_figure(&entries[at], &entries[end]) == 0;)
            end++;
        add_figure(c, &entries[at], end - at, x);
    }
    free(entries);
    free(x);
    if (!rc && c->table.out_of_memory)
        rc = mw_fail(err, -ENOMEM, "no memory for the table of the comparison");
    if (!rc && c->table.n_rows == 0)
        rc = mw_fail(err, -EINVAL, "%.250s and %.250s have no figure in common: no variant, thread count and metric",
                     c->path[MW_OLD], c->path[MW_NEW]);
    return rc;
}

/* --- all together --- */

static void add_notes(mw_comparison *c)
{
    if (c->machine_moved)
        add_note(c, "The machine itself changed (machine_roof_gbs or roof_gbs): where memory is the limit, absolute "
                    "figures moved with it; elsewhere, shares of the roof did. speedup compares within a run.");
    if (c->alone[MW_OLD] + c->alone[MW_NEW] > 0)
        add_note(c, "Not compared: %zu figures that only the old run has, %zu that only the new one has.",
                 c->alone[MW_OLD], c->alone[MW_NEW]);
    if (c->judged > 0)
        add_note(c,
                 "%zu comparisons judged: if nothing had changed, about %.1f of them would still be called faster, "
                 "slower, better or worse (5 %%).",
                 c->judged, 0.05 * (double)c->judged);
    else
        add_note(c, "Nothing could be judged: an interval takes at least 2 processes on each side (--reps).");
}

int mw_compare(const char *old_path, const char *new_path, bool force, mw_format format, FILE *to, mw_error *err)
{
#define NAME(name) #name,
    static const char *const columns[] = {MW_COMPARE_COLUMNS(NAME)};
    mw_comparison c = {.path = {old_path, new_path},
                       .run = {mw_csv_results(), mw_csv_results()},
                       .table = {.file = "the comparison", .columns = columns, .n_columns = MW_COMPARE_COUNT}};
    int rc = read_run(&c, MW_OLD, err);
    if (!rc)
        rc = read_run(&c, MW_NEW, err);
    if (!rc)
        rc = check_facts(&c, force, err);
    if (!rc)
        rc = compare_rows(&c, err);
    if (!rc) {
        add_notes(&c);
        rc = mw_compare_print(&c, format, to, err);
    }
    if (!rc && c.worse > 0)
        rc = mw_fail(err, -EDOM, "%zu of %zu comparisons came out slower or worse", c.worse, c.judged);
    mw_csv_free(&c.run[MW_OLD]);
    mw_csv_free(&c.run[MW_NEW]);
    mw_csv_free(&c.table);
    return rc;
}
