#include "bench/micro/micro.h"

#include "bench/micro/micro_parts.h"
#include "bench/run/suite.h"
#include "platform/os.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* --- tasks and rows --- */

static void run_task(mw_gb_state *state, void *arg)
{
    mw_micro_task *t = arg;
    mw_session *s = t->micro->session;
    if (!mw_gb_displays()) /* its lines and ours would run into each other */
        mw_progress_say(&s->progress, "measuring %s", t->name);
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
    vsnprintf(t->name, sizeof t->name, format, args);
    va_end(args);
    t->micro = m;
    t->threads = 1;
    t->pool = m->single;
    *rc = mw_gb_register(t->name, run_task, t, err);
    return *rc ? NULL : t;
}

void mw_micro_record(const mw_micro_task *t, const mw_micro_runs *runs, const char *metric, const char *unit,
                     const char *counter, double scale, const char *note, const char *param)
{
    mw_session *s = t->micro->session;
    double *x = malloc(runs->n * sizeof *x);
    size_t n = 0;
    char text[256];
    for (size_t i = 0; x && i < runs->n; i++) {
        const mw_gb_run *r = &runs->run[i];
        x[n] = r->error ? NAN : scale * (counter ? mw_gb_value(r, counter) : r->seconds);
        n += isfinite(x[n]);
    }
    mw_sort(x, n);
    const double median = n > 0 ? mw_percentile(x, n, 0.5) : NAN;
    note = runs->run[0].error ? runs->run[0].error : note;
    if (n > 1)
        snprintf(text, sizeof text, "spread=%.3g%s%s", (x[n - 1] - x[0]) / median, *note ? "; " : "", note);
    else
        snprintf(text, sizeof text, "%s", note);
    s->results.out_of_memory |= !x;
    mw_session_record(s, NULL, t->threads,
                      &(mw_result){metric, unit, median, n, .phase = t->name, .param = param,
                                   .note = *text ? text : NULL, .kernel = t->kernel_name, .layout = t->layout,
                                   .isa = t->isa});
    free(x);
}

static void take_runs(void *to, const mw_gb_run *runs, size_t n)
{
    const mw_micro_task *t = runs->arg;
    (void)to;
    t->record(t, &(mw_micro_runs){runs, n});
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
    for (mw_micro_task *t = m->tasks, *next; t; t = next) {
        next = t->next;
        mw_pages_free(t->chased, t->bytes);
        free(t);
    }
}

extern const mw_suite mw_suite_roof;

int mw_micro_suite(mw_session *session, const mw_variant *variants, int n_variants, mw_error *err)
{
    /* next to the roof; their order is that of the rows */
    static int (*const more[])(mw_micro *, mw_error *) = {mw_micro_add_ladder, mw_micro_add_latency, mw_micro_add_fork,
                                                          mw_micro_add_gemv,   mw_micro_add_peak,    mw_micro_add_gemm};
    const bool roof_only = session->options->suite == &mw_suite_roof;
    mw_micro m = {.session = session,
                  .probe = mw_probe_widest(),
                  .last = &m.tasks,
                  .block = {{.huge = false}, {.huge = true}},
                  .best_read = -1};
    (void)variants, (void)n_variants;
    int rc = mw_gb_flags(session->options->n_benchmark, (const char *const *)session->options->benchmark, err);
    if (!rc)
        rc = plan(&m, roof_only, err);
    if (!rc)
        rc = open_pools(&m, err);
    for (size_t i = 0; i < sizeof more / sizeof *more && !rc && !roof_only; i++)
        rc = more[i](&m, err);
    if (!rc)
        rc = mw_micro_add_roof(&m, err);
    if (!rc)
        rc = mw_gb_measure(take_runs, NULL, err);
    mw_gb_forget(); /* they point to what is freed here */
    mw_progress_clear(&session->progress);
    close_micro(&m);
    return mw_plan_close(&m.plan, rc, err);
}

/* --- the suites --- */

static const mw_refusal refusals[] = {
    {"reps", "it repeats within one process; see --benchmark_repetitions"},
    {0},
};

const mw_suite mw_suite_roof = {
    .name = "roof",
    .help = "how fast memory can be read",
    .processes = MW_ONE_PROCESS,
    .google_benchmark = true,
    .refuses = refusals,
    .row_major = true,
    .apart = true,
    .run = mw_micro_suite,
    .report = mw_micro_report,
};

const mw_suite mw_suite_micro = {
    .name = "micro",
    .help = "bandwidth, latency, kernels by themselves",
    .processes = MW_ONE_PROCESS,
    .google_benchmark = true,
    .refuses = refusals,
    .row_major = true,
    .run = mw_micro_suite,
    .report = mw_micro_report,
};
