#include "bench/micro/micro.h"

#include "bench/run/suite.h"
#include "platform/os.h"

#include <errno.h>

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
    uint64_t weights =
        mw_model_token_cost(&m->session->model.config, MW_F32, 0).weight_bytes / MW_PROBE_LINE * MW_PROBE_LINE;
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
        mw_micro_forget(m);
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
        rc = mw_gb_measure(m.tasks, mw_micro_record, err);
    mw_progress_clear(&session->progress);
    for (int i = 0; i < m.n_pools; i++)
        mw_pool_free(m.pools[i]);
    mw_pool_free(m.single);
    mw_micro_forget(&m);
    for (int i = 0; i < 2; i++)
        mw_pages_free(m.block[i].at, m.block[i].bytes);
    mw_pages_free(m.x, m.x_bytes);
    mw_pages_free(m.x8, m.x_bytes);
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
    .help = "bandwidth, latency, and single kernels",
    .processes = MW_ONE_PROCESS,
    .google_benchmark = true,
    .refuses = refusals,
    .row_major = true,
    .run = run,
    .report = mw_micro_report,
};
