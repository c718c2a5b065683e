#include "bench/micro/micro.h"

#include "bench/micro/micro_parts.h"
#include "platform/os.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>

/* --- tasks and rows --- */

static void run_task(mw_gb_state *state, void *arg)
{
    mw_micro_task *t = arg;
    mw_session *s = t->micro->session;
    if (!mw_gb_displays()) /* its lines and ours would run into each other */
        mw_progress_say(&s->progress, "measuring %s", t->bench.name);
    t->run(state, t);
}

mw_micro_task *mw_micro_add(mw_micro *m, int *rc, mw_error *err, const char *format, ...)
{
    mw_micro_task *t = calloc(1, sizeof *t);
    if (!t) {
        *rc = mw_fail(err, -ENOMEM, "no memory for the list of benchmarks");
        return NULL;
    }
    *m->last = t;
    m->last = &t->next;
    va_list args;
    va_start(args, format);
    vsnprintf(t->bench.name, sizeof t->bench.name, format, args);
    va_end(args);
    t->micro = m;
    t->bench.suite = "micro";
    t->bench.threads = 1;
    t->pool = m->single;
    *rc = mw_gb_register(t->bench.name, run_task, t, err);
    return *rc ? NULL : t;
}

void mw_micro_row_add(const mw_micro_task *t, const mw_gb_run *run, const char *metric, const char *unit, double value,
                      const char *note, const char *param, ...)
{
    mw_micro_results *r = t->micro->results;
    if (r->n == r->room) {
        size_t room = r->room ? 2 * r->room : 256;
        mw_micro_row *more = realloc(r->row, room * sizeof *more);
        if (!more) {
            r->out_of_memory = true;
            return;
        }
        r->row = more;
        r->room = room;
    }
    mw_micro_row *row = &r->row[r->n++];
    *row = (mw_micro_row){.bench = &t->bench, .rep = run->rep, .metric = metric, .unit = unit};
    row->value = run->error ? NAN : value;
    snprintf(row->note, sizeof row->note, "%s", run->error ? run->error : note);
    va_list args;
    va_start(args, param);
    vsnprintf(row->param, sizeof row->param, param, args);
    va_end(args);
}

static void take_run(void *to, const mw_gb_run *run)
{
    mw_micro *m = to;
    mw_micro_task *t = run->arg;
    if (mw_interrupted())
        return; /* a suite that was cut short has no results */
    if (mw_gb_displays())
        mw_progress_clear(&m->session->progress);
    t->ran = true;
    t->record(t, run);
}

const char *mw_micro_size(size_t bytes, char to[MW_MICRO_SIZE])
{
    if (bytes >= 1 << 20 && bytes % (1 << 20) == 0)
        snprintf(to, MW_MICRO_SIZE, "%zuMiB", bytes >> 20);
    else
        snprintf(to, MW_MICRO_SIZE, "%zuKiB", bytes >> 10);
    return to;
}

/* --- plan --- */

/* Guesses for a machine that does not tell. */
enum { GUESS_L1 = 32 << 10, GUESS_L2 = 1 << 20, GUESS_LLC = 32 << 20 };

enum { MOST_ARRAY = 256 << 20, MOST_ROOF = 512 << 20 };

static void look_at_caches(mw_micro *m)
{
    size_t found[16] = {0, GUESS_L1, GUESS_L2, GUESS_LLC};
    int levels = 0;
    mw_cache_info c;
    for (int level = 1; level < 16 && mw_topology_cache(m->session->topology, level, &c) && c.bytes > 0; level++)
        found[levels = level] = (size_t)c.bytes;
    m->l1 = found[1];
    m->l2 = levels == 1 ? found[1] : found[2];
    m->llc = found[levels ? levels : 3];
    m->page = mw_page_bytes();
}

static size_t power_of_two_from(size_t bytes)
{
    size_t power = 1;
    while (power < bytes)
        power *= 2;
    return power;
}

/* All that the suite takes if every benchmark runs: two shared blocks, and four ladders of chased blocks, each of which
 * adds up to less than twice its largest. */
static uint64_t planned(const mw_micro *m, bool roof_only)
{
    uint64_t ladder = 3 * mw_micro_apart(m->largest), gemv = mw_micro_gemv_bytes(m), ordinary = m->roof, huge = m->roof;
    if (roof_only)
        return ordinary + huge;
    if (ordinary < ladder)
        ordinary = huge = ladder;
    if (ordinary < gemv)
        ordinary = gemv;
    return ordinary + huge + (uint64_t)4 * 2 * m->largest;
}

/* Decides on sizes: up to four times the last cache, as far as half of the memory allows. */
static int plan(mw_micro *m, bool roof_only, mw_error *err)
{
    look_at_caches(m);
    m->least = power_of_two_from(m->l1 / 4 + 1); /* the last one in half of the cache */
    m->largest = power_of_two_from(4 * (m->llc < MOST_ARRAY ? m->llc : MOST_ARRAY));
    if (m->largest > MOST_ARRAY)
        m->largest = MOST_ARRAY;
    uint64_t weights = mw_model_token_cost(&m->session->model.config, 0).weight_bytes / MW_PROBE_LINE * MW_PROBE_LINE;
    m->roof = weights < MOST_ROOF ? (size_t)weights : MOST_ROOF;
    mw_error why = {""};
    static const char what[] = "for this model the suite needs";
    int rc = mw_plan_memory(what, (double)planned(m, roof_only), 0.5, &why);
    for (; rc && m->largest > 4 * m->l1; rc = mw_plan_memory(what, (double)planned(m, roof_only), 0.5, &why))
        m->largest /= 2;
    return rc ? mw_fail(err, rc, "%s; choose a smaller one", why.text) : 0;
}

static int open_pools(mw_micro *m, mw_error *err)
{
    mw_session *s = m->session;
    int threads[MW_MAX_THREAD_COUNTS];
    const int n = mw_plan_threads(s, threads);
    int rc = mw_pool_create(1, s->topology, s->cpus, s->n_cpus, &m->single, err);
    for (int i = 0; i < n && !rc; i++) {
        rc = mw_pool_create(threads[i], s->topology, s->cpus, s->n_cpus, &m->pools[m->n_pools], err);
        m->n_pools += !rc;
        s->unbound |= !rc && !mw_pool_bound(m->pools[m->n_pools - 1]);
    }
    return rc;
}

/* --- the suite --- */

static void close_micro(mw_micro *m)
{
    for (int i = 0; i < m->n_pools; i++)
        mw_pool_free(m->pools[i]);
    mw_pool_free(m->single);
    for (int i = 0; i < 2; i++)
        mw_pages_free(m->block[i].at, m->block[i].bytes);
    mw_pages_free(m->x, m->x_bytes);
    mw_pages_free(m->y, m->y_bytes);
    for (mw_micro_task *t = m->results->tasks; t; t = t->next) {
        mw_pages_free(t->chased, t->bytes);
        t->chased = NULL;
        t->micro = NULL;
    }
}

int mw_micro_suite(mw_session *session, bool roof_only, mw_micro_results *results, mw_error *err)
{
    /* beside the roof; their order is that of the rows */
    static int (*const more[])(mw_micro *, mw_error *) = {mw_micro_add_ladder, mw_micro_add_latency, mw_micro_add_fork,
                                                          mw_micro_add_gemv,   mw_micro_add_peak,    mw_micro_add_gemm};
    *results = (mw_micro_results){0};
    mw_micro m = {.session = session,
                  .probe = mw_probe_widest(),
                  .results = results,
                  .last = &results->tasks,
                  .block = {{.huge = false}, {.huge = true}},
                  .best_read = -1};
    int rc = plan(&m, roof_only, err);
    if (!rc)
        rc = open_pools(&m, err);
    for (size_t i = 0; i < sizeof more / sizeof *more && !rc && !roof_only; i++)
        rc = more[i](&m, err);
    if (!rc)
        rc = mw_micro_add_roof(&m, err);
    if (!rc)
        rc = mw_gb_measure(take_run, &m, err);
    mw_gb_forget(); /* they point to what is freed here */
    mw_progress_clear(&session->progress);
    close_micro(&m);
    if (!rc && results->out_of_memory)
        rc = mw_fail(err, -ENOMEM, "no memory for the results");
    return mw_plan_close(&m.plan, rc, err);
}

void mw_micro_free(mw_micro_results *r)
{
    for (mw_micro_task *t = r->tasks, *next; t; t = next) {
        next = t->next;
        free(t);
    }
    free(r->row);
    *r = (mw_micro_results){0};
}
