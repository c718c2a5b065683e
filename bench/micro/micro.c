#include "bench/micro/micro.h"

#include "bench/run/suite.h"
#include "layouts/layout.h"
#include "platform/os.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

/* --- tasks and rows --- */

static void run_task(mw_gb_state *state, void *arg)
{
    mw_micro_task *t = arg;
    if (!mw_gb_displays()) /* its lines and ours would run into each other */
        mw_progress_say(&t->micro->session->progress, "measuring %s", t->name);
    t->kind->run(state, t);
}

void mw_micro_add(mw_micro *m, const mw_micro_task *task, const char *format, ...)
{
    mw_micro_task *t = malloc(sizeof *t);
    if (!t) {
        m->out_of_memory = true;
        return;
    }
    va_list args;
    va_start(args, format);
    *t = *task;
    vsnprintf(t->name, sizeof t->name, format, args);
    va_end(args);
    t->micro = m;
    t->pool = t->pool ? t->pool : m->single;
    t->block = t->stride > 0 ? &t->own : t->block;
    t->gb = (mw_gb_benchmark){t->name, run_task, t, NULL};
    *m->last = &t->gb;
    m->last = &t->gb.next;
}

static void forget_tasks(mw_micro *m)
{
    for (mw_gb_benchmark *b = m->tasks, *next; b; b = next) {
        mw_micro_task *t = b->arg;
        next = b->next;
        mw_pages_free(t->own.at, t->own.bytes);
        free(t);
    }
    m->tasks = NULL;
    m->last = &m->tasks;
}

/* The median over the runs. Its note says how far they are apart, "spread=0.12": (most - least) / median, and then what
 * there is to say of the block. Runs that were given up have no value, and the reason is the note. */
static void record(const mw_micro_task *t, const mw_micro_metric *metric, const mw_gb_run *runs, size_t n_runs)
{
    mw_session *s = t->micro->session;
    double *x = malloc(n_runs * sizeof *x);
    size_t n = 0;
    for (size_t i = 0; x && i < n_runs; i++) {
        x[n] = metric->scale * (metric->counter ? mw_gb_value(&runs[i], metric->counter) : runs[i].seconds);
        n += !runs[i].error && isfinite(x[n]);
    }
    mw_sort(x, n);
    const double median = n > 0 ? mw_percentile(x, n, 0.5) : NAN;
    const char *note = runs[0].error ? runs[0].error : t->block ? t->block->note : "";
    char spread[32] = "", text[256];
    if (n > 1)
        snprintf(spread, sizeof spread, "spread=%.3g%s", (x[n - 1] - x[0]) / median, *note ? "; " : "");
    snprintf(text, sizeof text, "%s%s", spread, note);
    const char *param = metric->moved ? t->moved : t->param;
    s->results.out_of_memory |= !x;
    mw_session_record(s, NULL, mw_pool_threads(t->pool),
                      &(mw_result){metric->name, metric->unit, median, n, .phase = t->name,
                                   .param = *param ? param : NULL, .note = *text ? text : NULL,
                                   .kernel = t->kernel ? t->kernel->name : t->kind->name,
                                   .layout = t->kernel ? mw_layout_of(t->kernel->layout)->name : NULL, .isa = t->isa});
    free(x);
}

static void take_runs(const mw_gb_benchmark *of, const mw_gb_run *runs, size_t n)
{
    const mw_micro_task *t = of->arg;
    for (const mw_micro_metric *metric = t->kind->metrics; metric->name; metric++)
        record(t, metric, runs, n);
}

/* --- memory --- */

mw_micro_block *mw_micro_want(mw_micro *m, bool huge, size_t bytes)
{
    mw_micro_block *b = &m->block[huge];
    if (b->bytes < bytes)
        b->bytes = (bytes + m->page - 1) / m->page * m->page;
    return b;
}

/* How much of a block is mapped by huge pages, where that is worth telling. */
static void tell_huge(mw_micro_block *b)
{
    const int64_t got = mw_memory_huge(b->at, b->bytes);
    if (b->huge && got == MW_UNKNOWN)
        snprintf(b->note, sizeof b->note, "whether huge pages were obtained is unknown");
    else if (b->huge ? got < (int64_t)b->bytes : got > 0)
        snprintf(b->note, sizeof b->note, "huge pages hold %lld of %zu KiB", (long long)got >> 10, b->bytes >> 10);
}

/* Any floats will do that keep loops and kernels from denormals and overflow: in (-1, -0.001) and (0.001, 1). One
 * page's worth of them again and again fills the rest. */
static void fill(float *to, size_t bytes)
{
    enum { FIRST = 1 << 16 };
    const size_t first = bytes < FIRST ? bytes : FIRST;
    uint64_t state = 1;
    for (size_t i = 0; i < first / sizeof *to; i++) {
        state = state * 6364136223846793005ull + 1442695040888963407ull; /* Knuth's MMIX generator */
        to[i] = (float)((state >> 40) % 999 + 1) * (state >> 63 ? -0.001f : 0.001f);
    }
    for (size_t at = first; at < bytes; at += FIRST)
        memcpy((char *)to + at, to, bytes - at < FIRST ? bytes - at : FIRST);
}

float *mw_micro_memory(mw_gb_state *state, mw_micro_task *t)
{
    mw_micro_block *b = t->block;
    if (b->at)
        return b->at;
    b->at = b->huge ? mw_pages_alloc_huge(b->bytes) : mw_pages_alloc(b->bytes);
    if (!b->at) {
        mw_gb_skip(state, b->huge && errno == ENOTSUP ? "this system has no request for huge pages"
                                                      : "no memory for the block");
        return NULL;
    }
    if (t->stride > 0)
        mw_chase_build(b->at, b->bytes, t->stride, t->micro->session->options->seed);
    else
        fill(b->at, b->bytes);
    tell_huge(b);
    return b->at;
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

static void add_tasks(mw_micro *m, bool roof_only)
{
    if (!roof_only) { /* their order is that of the rows */
        mw_micro_add_ladder(m);
        mw_micro_add_latency(m);
        mw_micro_add_fork(m);
        mw_micro_add_gemv(m);
        mw_micro_add_peak(m);
        mw_micro_add_gemm(m);
    }
    mw_micro_add_roof(m);
}

/* Decides on sizes, up to four times the last cache, as far as half of the memory allows if every benchmark runs, and
 * adds the benchmarks. */
static int plan(mw_micro *m, bool roof_only, mw_error *err)
{
    look_at_caches(m);
    m->least = power_of_two_from(m->l1 / 4 + 1); /* the last one in half of the cache */
    m->largest = m->llc < MOST_ARRAY / 4 ? power_of_two_from(4 * m->llc) : MOST_ARRAY;
    uint64_t weights = mw_model_token_cost(&m->session->model.config, 0).weight_bytes / MW_PROBE_LINE * MW_PROBE_LINE;
    m->roof = weights < MOST_ROOF ? (size_t)weights : MOST_ROOF;
    mw_error why = {""};
    int rc;
    for (;; m->largest /= 2) {
        m->block[false] = (mw_micro_block){.huge = false};
        m->block[true] = (mw_micro_block){.huge = true};
        add_tasks(m, roof_only);
        /* four ladders of chased blocks, each of which adds up to less than twice its largest */
        const uint64_t chased = roof_only ? 0 : (uint64_t)4 * 2 * m->largest;
        const double bytes = (double)(m->block[false].bytes + m->block[true].bytes + chased);
        rc = mw_plan_memory("for this model the suite needs", bytes, 0.5, &why);
        if (!rc || m->largest <= 4 * m->l1)
            break;
        forget_tasks(m);
    }
    if (rc)
        return mw_fail(err, rc, "%s; choose a smaller one", why.text);
    return m->out_of_memory ? mw_fail(err, -ENOMEM, "no memory for the list of benchmarks") : 0;
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

/* --- the suites --- */

extern const mw_suite mw_suite_roof;

/* Benchmarks are chosen by --benchmark_ flags, not by variants. Kernels are checked before they are timed; one that
 * fails is left out, and the call returns -EDOM after the rest. */
static int run(mw_session *session, const mw_variant *variants, int n_variants, mw_error *err)
{
    mw_micro m = {.session = session, .last = &m.tasks, .best_read = -1};
    (void)variants, (void)n_variants;
    int rc = mw_gb_flags(session->options->n_benchmark, (const char *const *)session->options->benchmark, err);
    if (!rc)
        rc = open_pools(&m, err);
    if (!rc)
        rc = plan(&m, session->options->suite == &mw_suite_roof, err);
    if (!rc)
        rc = mw_gb_measure(m.tasks, take_runs, err);
    mw_progress_clear(&session->progress);
    for (int i = 0; i < m.n_pools; i++)
        mw_pool_free(m.pools[i]);
    mw_pool_free(m.single);
    forget_tasks(&m);
    for (int i = 0; i < 2; i++)
        mw_pages_free(m.block[i].at, m.block[i].bytes);
    mw_pages_free(m.x, m.x_bytes);
    mw_pages_free(m.y, m.y_bytes);
    return mw_plan_close(&m.plan, rc, err);
}

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
    .run = run,
    .report = mw_micro_report,
};

const mw_suite mw_suite_micro = {
    .name = "micro",
    .help = "bandwidth, latency, kernels by themselves",
    .processes = MW_ONE_PROCESS,
    .google_benchmark = true,
    .refuses = refusals,
    .row_major = true,
    .run = run,
    .report = mw_micro_report,
};
