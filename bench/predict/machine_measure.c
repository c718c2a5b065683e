#include "bench/predict/machine_measure.h"

#include "bench/predict/core_clock.h"
#include "bench/predict/machine_point.h"
#include "bench/run/plan.h"
#include "bench/stats/random.h"
#include "kernels/probe.h"
#include "platform/core.h"
#include "platform/os.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "build_info.h"

/* A timed run reads about this much per thread: a cache again and again, an array in memory part by part. That takes a
 * millisecond or two, so that a system that divides its CPUs among programs lets most runs through undivided. */
enum { TIMED = 16 << 20 };

/* The smallest array in memory; what stands for a last-level cache of unknown size. */
enum { LEAST_ARRAY = 64 << 20, GUESS_LLC = 32 << 20 };

/* The share of the time limit in which the best reads are to be found. */
static const double choice_share = 0.4, default_limit_s = 40;

typedef struct ladder {
    mw_session *session;
    mw_measured *measured;
    int cpus[MW_MAX_CPUS], n_cpus;
    mw_pool *one, *all;
    char *block[2];                  /* ordinary pages, huge pages (NULL: the system has no request for them) */
    size_t block_bytes, array_bytes; /* for all cores; for one */
    size_t cache_bytes;              /* behind them, for what is read from caches */
    size_t next[2][2]; /* parts of a block, and of the beginning of it that one core reads if that is not all */
    mw_point points[MW_MOST_SPEEDS];
    int n;
    uint64_t seed, start_ns;
    double limit_s;
} ladder;

static double elapsed_s(const ladder *l)
{
    return (double)(mw_clock_ns() - l->start_ns) * 1e-9;
}

/* --- what is measured --- */

static mw_point *add(ladder *l, const char *key, mw_pool *pool, const char *at, size_t bytes, bool one_stream)
{
    mw_speed *s = &l->measured->speeds[l->n];
    mw_point *p = &l->points[l->n++];
    l->measured->n_speeds = l->n;
    *s = (mw_speed){.key = key};
    *p = (mw_point){.speed = s, .at = at, .bytes = bytes / MW_PROBE_LINE * MW_PROBE_LINE, .pool = pool};
    p->one_stream = one_stream;
    p->read = mw_reads() - MW_READ_WAYS; /* the widest loads, one stream */
    return p;
}

/* Half of a cache is free of its neighbours' lines. */
static void add_cache(ladder *l, const char *key, int64_t cache, bool one_stream)
{
    if (cache / 2 < MW_PROBE_LINE)
        return;
    mw_point *p = add(l, key, l->one, l->block[false] + l->block_bytes, (size_t)cache / 2, one_stream);
    p->part = p->bytes;
    p->passes = p->bytes < TIMED ? TIMED / p->bytes : 1;
}

static void add_memory(ladder *l, const char *key, mw_pool *pool, size_t bytes, bool one_stream, bool huge)
{
    mw_point *p = add(l, key, pool, l->block[huge], bytes, one_stream);
    const size_t part = (size_t)TIMED * (size_t)mw_pool_threads(pool);
    p->speed->huge = huge;
    p->part = part < p->bytes ? part : p->bytes;
    p->passes = 1;
    p->next = &l->next[huge][bytes < l->block_bytes];
}

static void add_all(ladder *l)
{
    const mw_measured *m = l->measured;
    add_cache(l, "l1_bandwidth", m->l1d, false);
    add_cache(l, "l2_bandwidth", m->l2, false);
    add_cache(l, "l3_bandwidth", m->l3, false);
    add_cache(l, "l2_one_stream", m->l2, true);
    add_cache(l, "l3_one_stream", m->l3, true);
    for (int huge = 0; huge < 2 && l->block[huge]; huge++) {
        add_memory(l, "bandwidth_one_core", l->one, l->array_bytes, false, huge);
        add_memory(l, "bandwidth_one_stream", l->one, l->array_bytes, true, huge);
        add_memory(l, "bandwidth_all_cores", l->all, l->block_bytes, false, huge);
    }
}

/* "16 KiB", "64 MiB" */
static const char *size_of(size_t bytes, char to[24])
{
    const bool mib = bytes >= 4 << 20;
    snprintf(to, 24, "%zu %s", bytes >> (mib ? 20 : 10), mib ? "MiB" : "KiB");
    return to;
}

/* Says what was read: way, array, pages, threads. */
static void describe(const ladder *l, const mw_point *p)
{
    char name[MW_READ_NAME], size[24], pages[48], threads[24] = "";
    const int64_t got = mw_memory_huge(l->block[p->speed->huge], l->block_bytes);
    if (got == MW_UNKNOWN)
        snprintf(pages, sizeof pages, "%s pages", p->speed->huge ? "huge" : "ordinary");
    else if (got == 0)
        snprintf(pages, sizeof pages, "pages of %zu KiB", mw_page_bytes() >> 10);
    else
        snprintf(pages, sizeof pages, "huge pages (%.0f %% of them)", 100 * (double)got / (double)l->block_bytes);
    if (p->pool == l->all)
        snprintf(threads, sizeof threads, "; %d threads", mw_pool_threads(p->pool));
    snprintf(p->speed->way, sizeof p->speed->way, "%s; %s in %s%s", mw_read_name(p->read, name),
             size_of(p->bytes, size), pages, threads);
    p->speed->load_bytes = mw_read_probe(p->read)->load_bytes;
}

/* --- rounds --- */

static int measure(ladder *l, mw_error *err)
{
    mw_measured *m = l->measured;
    int order[MW_MOST_SPEEDS];
    const uint64_t chosen_ns = l->start_ns + (uint64_t)(choice_share * l->limit_s * 1e9);
    for (int i = 0; i < l->n; i++) {
        mw_progress_say(&l->session->progress, "finding the fastest way of reading: %s", l->points[i].speed->key);
        if (!l->points[i].one_stream)
            mw_point_choose(&l->points[i], chosen_ns, &l->seed);
        order[i] = i;
    }
    for (int round = 0; round < MW_MOST_SAMPLES && (round < 3 || elapsed_s(l) < l->limit_s); round++) {
        mw_progress_say(&l->session->progress, "round %d of at most %d", round + 1, MW_MOST_SAMPLES);
        m->clock_ghz = fmax(m->clock_ghz, mw_core_clock()); /* fmax takes the other one for a NAN */
        mw_shuffle(order, l->n, &l->seed);
        for (int i = 0; i < l->n && !mw_interrupted(); i++) {
            mw_point *p = &l->points[order[i]];
            p->speed->gbs[p->speed->n++] = mw_point_run(p, p->read);
        }
        if (mw_interrupted())
            return mw_fail(err, -EINTR, "interrupted");
    }
    for (int i = 0; i < l->n; i++)
        describe(l, &l->points[i]);
    return 0;
}

/* --- the machine --- */

/* The CPUs of the fastest class of cores among those of the session. */
static void choose_cpus(ladder *l)
{
    const mw_session *s = l->session;
    int fastest = 0;
    for (int i = 0; i < s->n_cpus; i++) {
        const int class = mw_topology_core_class(s->topology, s->cpus[i]);
        fastest = class > fastest ? class : fastest;
    }
    for (int i = 0; i < s->n_cpus; i++)
        if (mw_topology_core_class(s->topology, s->cpus[i]) == fastest)
            l->cpus[l->n_cpus++] = s->cpus[i];
}

static int64_t known(int64_t bytes)
{
    return bytes > 0 ? bytes : 0;
}

/* So that what stands behind an array starts on a line. */
static size_t whole_pieces(size_t bytes)
{
    enum { PIECE = 1 << 20 };
    return bytes / PIECE * PIECE;
}

/* Facts, and the sizes of the arrays: at least four times the last cache, of which all cores may have several. */
static void look(ladder *l)
{
    const mw_session *s = l->session;
    mw_measured *m = l->measured;
    mw_cache_info c;
    int64_t sizes[MW_CACHE_LEVELS + 1] = {0};
    int last = 0;
    for (int level = 1; level <= MW_CACHE_LEVELS && mw_topology_cache_of(s->topology, l->cpus[0], level, &c); level++) {
        m->line = level == 1 ? known(c.line_bytes) : m->line;
        sizes[level] = known(c.bytes);
        last = sizes[level] ? level : last;
    }
    m->l1d = sizes[1];
    m->l2 = sizes[2];
    m->l3 = last > 2 ? sizes[last] : 0;
    const size_t llc = last ? (size_t)sizes[last] : GUESS_LLC;
    const int told = last ? mw_topology_caches(s->topology, last) : 1;
    const size_t caches = (size_t)(told < l->n_cpus ? told : l->n_cpus);
    l->array_bytes = whole_pieces(4 * llc > LEAST_ARRAY ? 4 * llc : LEAST_ARRAY);
    l->block_bytes = whole_pieces(caches * 4 * llc > LEAST_ARRAY ? caches * 4 * llc : LEAST_ARRAY);
    for (int level = 1; level <= last; level++)
        l->cache_bytes = (size_t)sizes[level] / 2 > l->cache_bytes ? (size_t)sizes[level] / 2 : l->cache_bytes;
    snprintf(m->name, sizeof m->name, "%s", s->cpu);
    snprintf(m->arch, sizeof m->arch, "%s", mw_arch_name());
    snprintf(m->source, sizeof m->source, "Memwall %s (%s), bench --machine-file, on %s, %s, %s", MW_VERSION, MW_COMMIT,
             s->cpu, s->os, s->utc);
    m->dotprod = mw_cpu_isa() & MW_ISA_DOTPROD;
    m->cores = mw_topology_cores(s->topology, l->cpus, l->n_cpus);
    snprintf(m->cores_note, sizeof m->cores_note, "with %d CPUs (hardware threads) that a process could use",
             l->n_cpus);
    snprintf(m->clock_note, sizeof m->clock_note, "%s", mw_core_clock_note);
    m->clock_ghz = NAN;
}

static size_t taken(const ladder *l)
{
    return l->block_bytes + l->cache_bytes;
}

/* Memory that has been written to: pages that were only read are all the same one. */
static int take_memory(ladder *l, mw_error *err)
{
    mw_error why = {""};
    int rc;
    while ((rc = mw_plan_memory("arrays of four times the last-level cache need", 2 * (double)taken(l), 0.5, &why)) &&
           l->block_bytes > l->array_bytes)
        l->block_bytes = whole_pieces(l->block_bytes / 2 > l->array_bytes ? l->block_bytes / 2 : l->array_bytes);
    if (rc)
        return mw_fail(err, rc, "%s; stop other programs", why.text);
    l->block[false] = mw_pages_alloc(taken(l));
    l->block[true] = mw_pages_alloc_huge(taken(l));
    if (!l->block[false])
        return mw_fail(err, -ENOMEM, "no memory for an array of %zu MiB", taken(l) >> 20);
    for (int huge = 0; huge < 2; huge++)
        if (l->block[huge])
            memset(l->block[huge], 1, taken(l));
    return 0;
}

int mw_machine_measure(mw_session *s, mw_measured *m, mw_error *err)
{
    *m = (mw_measured){.n_speeds = 0};
    ladder *l = calloc(1, sizeof *l);
    if (!l)
        return mw_fail(err, -ENOMEM, "no memory to measure the machine");
    *l = (ladder){.session = s, .measured = m, .seed = s->options->seed, .start_ns = mw_clock_ns()};
    l->limit_s = s->options->time_limit > 0 ? s->options->time_limit : default_limit_s;
    choose_cpus(l);
    look(l);
    const int threads = mw_threads_worthwhile(l->n_cpus);
    int rc = mw_pool_create(1, s->topology, l->cpus, l->n_cpus, &l->one, err);
    if (!rc)
        rc = mw_pool_create(threads, s->topology, l->cpus, l->n_cpus, &l->all, err);
    if (!rc)
        rc = take_memory(l, err);
    if (!rc) {
        s->unbound = !mw_pool_bound(l->all);
        mw_core_name(m->core, sizeof m->core); /* of the CPU that this thread is bound to */
        add_all(l);
        rc = measure(l, err);
    }
    mw_progress_clear(&s->progress);
    mw_pages_free(l->block[false], taken(l));
    mw_pages_free(l->block[true], taken(l));
    mw_pool_free(l->one);
    mw_pool_free(l->all);
    free(l);
    return rc;
}
