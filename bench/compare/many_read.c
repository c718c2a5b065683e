/* From result folders to the values of processes. Rows are read run by run, so that memory holds what is compared only.
 */
#include "bench/compare/many.h"
#include "bench/tables/folders.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_FIGURES = 20000, MOST_COMMITS_BYTES = 400 };

/* Room for one more of `n` things in *(void **)array. */
static bool grow(void *array, size_t n, size_t *room, size_t bytes)
{
    void **at = array;
    if (n < *room)
        return true;
    const size_t more = *room ? 2 * *room : 64;
    void *bigger = realloc(*at, more * bytes);
    if (!bigger)
        return false;
    *at = bigger;
    *room = more;
    return true;
}

static int no_memory(const char *path, mw_error *err)
{
    return mw_fail(err, -ENOMEM, "%s: no memory to compare it", path);
}

/* --- figures --- */

static int compare_figures(const mw_figure *a, const mw_figure *b)
{
    int c = (a->metric > b->metric) - (a->metric < b->metric);
    c = c ? c : strcmp(a->suite, b->suite);
    c = c ? c : strcmp(a->model, b->model);
    c = c ? c : strcmp(a->param, b->param);
    c = c ? c : (a->threads > b->threads) - (a->threads < b->threads);
    c = c ? c : strcmp(a->variant, b->variant);
    c = c ? c : strcmp(a->dtype, b->dtype);
    return c ? c : a->emulated - b->emulated;
}

/* Where the figure is among the sorted ones, or belongs. */
static size_t find(const mw_many *m, const mw_figure *f)
{
    size_t low = 0, high = m->n_figures;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (compare_figures(f, m->figures[middle]) > 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static mw_figure *copy_figure(const mw_figure *from)
{
    mw_figure *f = malloc(sizeof *f);
    if (!f)
        return NULL;
    *f = *from;
    f->suite = strdup(from->suite);
    f->model = strdup(from->model);
    f->param = strdup(from->param);
    f->variant = strdup(from->variant);
    f->dtype = strdup(from->dtype);
    if (f->suite && f->model && f->param && f->variant && f->dtype)
        return f;
    mw_figure_free(f);
    return NULL;
}

void mw_figure_free(mw_figure *f)
{
    if (!f)
        return;
    free(f->suite);
    free(f->model);
    free(f->param);
    free(f->variant);
    free(f->dtype);
    free(f);
}

/* The figure that a row is about, which becomes known if it was not. NULL without memory. */
static const mw_figure *figure_of(mw_many *m, const mw_row *row)
{
    const mw_figure f = {.metric = mw_metric_find(row->metric),
                         .suite = (char *)(uintptr_t)row->suite,
                         .model = (char *)(uintptr_t)row->model,
                         .param = (char *)(uintptr_t)row->param,
                         .variant = (char *)(uintptr_t)row->variant,
                         .dtype = (char *)(uintptr_t)row->dtype,
                         .threads = row->threads,
                         .emulated = strcmp(row->provenance, "emulated") == 0};
    const size_t at = find(m, &f);
    if (at < m->n_figures && compare_figures(m->figures[at], &f) == 0)
        return m->figures[at];
    mw_figure *copy = grow(&m->figures, m->n_figures, &m->room_figures, sizeof(mw_figure *)) ? copy_figure(&f) : NULL;
    if (!copy)
        return NULL;
    memmove(&m->figures[at + 1], &m->figures[at], (m->n_figures - at) * sizeof *m->figures);
    m->n_figures++;
    return m->figures[at] = copy;
}

/* --- one run --- */

/* What is compared: how fast every process decoded, absolutely and against the roof. */
static bool takes_part(const mw_row *row)
{
    return row->rep && isfinite(row->value) && strcmp(row->phase, "steady") == 0 &&
           (strcmp(row->metric, "roof_fraction") == 0 || strcmp(row->metric, "tokens_per_s") == 0);
}

static int read_rows(mw_many *m, const char *path, const mw_csv *t, size_t run, mw_error *err)
{
    for (size_t i = 0; i < t->n_rows; i++) {
        const mw_row row = mw_rows_at(t, i);
        if (!takes_part(&row))
            continue;
        if (row.value <= 0)
            return mw_fail(err, -EINVAL, "%.300s: row %zu: %g is not a valid value of %s; was the file damaged?", path,
                           i + 1, row.value, row.metric);
        const mw_figure *f = figure_of(m, &row);
        if (!f || !grow(&m->readings, m->n_readings, &m->room_readings, sizeof *m->readings))
            return no_memory(path, err);
        if (m->n_figures > MOST_FIGURES)
            return mw_fail(err, -E2BIG, "%.300s: more than %d variants, thread counts and models; compare fewer runs",
                           path, MOST_FIGURES);
        m->readings[m->n_readings++] = (mw_reading){f, 0, (uint32_t)run, row.rep, log(row.value)};
    }
    return 0;
}

static bool same_run(const mw_entrant *a, const mw_entrant *b)
{
    return strcmp(a->run_id, b->run_id) == 0 && strcmp(a->host, b->host) == 0;
}

/* While runs are read, each is an entrant. `once`: a run that was read before is passed over. */
static int read_run(mw_many *m, const char *path, bool once, mw_error *err)
{
    mw_csv t = mw_csv_results();
    int rc = mw_folder_read(path, &t, NULL, 0, err);
    if (!rc)
        rc = mw_folder_check(path, &t, err);
    if (!rc && !grow(&m->entrants, m->n_entrants, &m->room_entrants, sizeof *m->entrants))
        rc = no_memory(path, err);
    if (!rc) {
        const mw_row r = mw_rows_at(&t, 0);
        mw_entrant *e = &m->entrants[m->n_entrants];
        *e = (mw_entrant){strdup(mw_csv_cells(&t, 0)[MW_RESULTS_host].text),
                          strdup(r.cpu),
                          strdup(r.arch),
                          strdup(r.run_id),
                          strdup(r.commit),
                          1};
        bool known = !e->host || !e->cpu || !e->arch || !e->run_id || !e->commits;
        rc = known ? no_memory(path, err) : 0;
        for (size_t i = 0; i < m->n_entrants && once && !known; i++)
            known = same_run(&m->entrants[i], e);
        const size_t before = m->n_readings;
        if (!known)
            rc = read_rows(m, path, &t, m->n_entrants, err);
        m->left_out += !known && m->n_readings == before;
        if (m->n_readings > before)
            m->n_entrants++;
        else
            mw_entrant_free(e);
    }
    mw_csv_free(&t);
    return rc;
}

/* --- from runs to machines --- */

void mw_entrant_free(mw_entrant *e)
{
    free(e->host);
    free(e->cpu);
    free(e->arch);
    free(e->run_id);
    free(e->commits);
}

static int by_machine(const mw_entrant *a, const mw_entrant *b)
{
    int c = strcmp(a->host, b->host);
    c = c ? c : strcmp(a->cpu, b->cpu);
    return c ? c : strcmp(a->arch, b->arch);
}

static bool has_commit(const char *list, const char *commit)
{
    const size_t n = strlen(commit);
    for (const char *at = list; (at = strstr(at, commit)); at += n)
        if ((at == list || at[-1] == ';') && (at[n] == '\0' || at[n] == ';'))
            return true;
    return n == 0;
}

static bool add_commit(mw_entrant *e, const char *commit)
{
    char *longer = NULL;
    if (has_commit(e->commits, commit) || strlen(e->commits) > MOST_COMMITS_BYTES)
        return true;
    if (asprintf(&longer, "%s%s%s", e->commits, *e->commits ? ";" : "", commit) < 0)
        return false;
    free(e->commits);
    e->commits = longer;
    return true;
}

/* Runs of one host and CPU become one entrant. */
static int join_machines(mw_many *m, mw_error *err)
{
    uint32_t *machine = malloc((m->n_entrants + 1) * sizeof *machine);
    size_t n = 0;
    bool lost = !machine;
    for (size_t i = 0; i < m->n_entrants && machine; i++) {
        mw_entrant *run = &m->entrants[i];
        size_t to = 0;
        while (to < n && by_machine(&m->entrants[to], run) != 0)
            to++;
        machine[i] = (uint32_t)to;
        if (to < n) {
            m->entrants[to].runs++;
            lost |= !add_commit(&m->entrants[to], run->commits);
            mw_entrant_free(run);
        } else {
            free(run->run_id);
            run->run_id = NULL;
            m->entrants[n++] = *run;
        }
    }
    if (machine)
        m->n_entrants = n;
    for (size_t i = 0; i < m->n_readings && machine; i++)
        m->readings[i].entrant = machine[m->readings[i].run];
    free(machine);
    return lost ? no_memory("the comparison", err) : 0;
}

static bool one_machine(const mw_many *m)
{
    for (size_t i = 1; i < m->n_entrants; i++)
        if (by_machine(&m->entrants[0], &m->entrants[i]) != 0)
            return false;
    return true;
}

int mw_many_read(mw_many *m, char *const *paths, int n, mw_error *err)
{
    bool trees = false;
    int rc = 0;
    for (int i = 0; i < n; i++)
        trees |= mw_folders_is_tree(paths[i]);
    for (int i = 0; i < n && !rc; i++) {
        mw_folders found = {0};
        if (!mw_folders_is_tree(paths[i])) {
            rc = read_run(m, paths[i], trees, err);
            continue;
        }
        rc = mw_folders_find(paths[i], &found, err);
        if (!rc && found.n == 0)
            rc = mw_fail(err, -ENOENT, "%s: holds no result folder", paths[i]);
        for (size_t k = 0; k < found.n && !rc; k++)
            rc = read_run(m, found.paths[k], trees, err);
        mw_folders_free(&found);
    }
    for (size_t i = 0; i < m->n_figures; i++)
        m->figures[i]->rank = (uint32_t)i;
    for (size_t i = 0; i < m->n_readings; i++)
        m->readings[i].entrant = m->readings[i].run;
    for (size_t i = 1; i < m->n_entrants; i++)
        m->mixed_builds |= strcmp(m->entrants[i].commits, m->entrants[0].commits) != 0;
    m->by_run = !trees || one_machine(m);
    return rc || m->by_run ? rc : join_machines(m, err);
}
