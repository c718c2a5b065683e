#include "platform/pool.h"

#include "platform/nodes.h"
#include "platform/os.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

/* How a thread waits: first it polls the variable for SPIN_NS, which is longer than what a caller does by itself
 * between two matrices or to choose a token. Then it sleeps on the condition variable, from which waking up takes long.
 * The clock ends the first part, because a pause instruction is one cycle on one CPU and 140 on another. With more
 * threads than CPUs a spinning thread keeps the one it waits for from running, so in that case all sleep at once. The
 * sleeper announces itself before its last check and the waker changes the variable before it looks for sleepers, both
 * sequentially consistent, so that no wake-up is lost. */
enum { SPIN_NS = 50000, LOOKS = 64 }; /* polls between two reads of the clock */

typedef struct gate {
    _Alignas(128) atomic_uint value; /* a cache line of its own: all threads spin on it */
    _Alignas(128) atomic_uint sleepers;
    pthread_mutex_t mutex;
    pthread_cond_t cond;
} gate;

typedef struct worker {
    mw_pool *pool;
    pthread_t thread;
    int index, node;
} worker;

struct mw_pool {
    gate start; /* number of jobs ever published; also changed by stop */
    gate done;  /* number of workers that finished the current job */
    mw_pool_fn *fn;
    void *arg;
    bool stop;
    int threads, started;
    const mw_topology *topology;
    const int *cpus;
    int n_cpus, spin_ns;
    atomic_int unbound;
    worker *workers;
};

static void relax(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static void gate_open(gate *g)
{
    pthread_mutex_init(&g->mutex, NULL);
    pthread_cond_init(&g->cond, NULL);
}

static void gate_close(gate *g)
{
    pthread_cond_destroy(&g->cond);
    pthread_mutex_destroy(&g->mutex);
}

static bool seen(gate *g, unsigned wanted)
{
    for (int look = 0; look < LOOKS; look++) {
        if (atomic_load_explicit(&g->value, memory_order_acquire) == wanted)
            return true;
        relax();
    }
    return false;
}

/* Waits until the value is `wanted`. */
static void gate_wait(gate *g, unsigned wanted, int spin_ns)
{
    if (spin_ns > 0) {
        if (seen(g, wanted))
            return;
        const uint64_t start = mw_clock_ns();
        while (mw_clock_ns() - start < (uint64_t)spin_ns)
            if (seen(g, wanted))
                return;
    }
    pthread_mutex_lock(&g->mutex);
    atomic_fetch_add(&g->sleepers, 1);
    while (atomic_load(&g->value) != wanted)
        pthread_cond_wait(&g->cond, &g->mutex);
    atomic_fetch_sub(&g->sleepers, 1);
    pthread_mutex_unlock(&g->mutex);
}

/* Adds one to the value and wakes those who sleep. */
static void gate_raise(gate *g)
{
    atomic_fetch_add(&g->value, 1);
    if (atomic_load(&g->sleepers) == 0)
        return;
    pthread_mutex_lock(&g->mutex);
    pthread_cond_broadcast(&g->cond);
    pthread_mutex_unlock(&g->mutex);
}

static void bind_self(mw_pool *p, int index)
{
    const bool bound = p->topology && p->n_cpus > 0 && mw_topology_bind(p->topology, p->cpus[index % p->n_cpus]);
    p->workers[index].node = bound ? mw_node_here() : MW_UNKNOWN;
    if (!bound)
        atomic_fetch_add(&p->unbound, 1);
}

static void *work(void *arg)
{
    worker *w = arg;
    mw_pool *p = w->pool;
    bind_self(p, w->index);
    gate_raise(&p->done);
    for (unsigned job = 1;; job++) {
        gate_wait(&p->start, job, p->spin_ns);
        if (p->stop)
            return NULL;
        p->fn(p->arg, w->index, p->threads);
        gate_raise(&p->done);
    }
}

int mw_pool_create(int threads, const mw_topology *topology, const int *cpus, int n_cpus, mw_pool **out, mw_error *err)
{
    *out = NULL;
    if (threads < 1 || threads > MW_MAX_CPUS)
        return mw_fail(err, -EINVAL, "%d threads are not possible; give 1 to %d", threads, MW_MAX_CPUS);
    mw_pool *p = aligned_alloc(128, (sizeof *p + 127) / 128 * 128);
    if (!p)
        return mw_fail(err, -ENOMEM, "out of memory for the thread pool");
    *p = (mw_pool){.threads = threads,
                   .topology = topology,
                   .cpus = cpus,
                   .n_cpus = n_cpus,
                   .spin_ns = threads > (n_cpus > 0 ? n_cpus : mw_cpus_allowed(NULL, 0)) ? 0 : SPIN_NS};
    gate_open(&p->start);
    gate_open(&p->done);
    p->workers = calloc((size_t)threads, sizeof *p->workers);
    int failed = p->workers ? 0 : ENOMEM;
    for (int i = 1; i < threads && !failed; i++) {
        p->workers[i] = (worker){.pool = p, .index = i};
        failed = pthread_create(&p->workers[i].thread, NULL, work, &p->workers[i]);
        p->started += !failed;
    }
    if (failed) {
        mw_pool_free(p);
        return mw_fail(err, -failed, "%d threads cannot be started; choose fewer with --threads", threads);
    }
    bind_self(p, 0);
    gate_wait(&p->done, (unsigned)p->started, p->spin_ns); /* all are bound: `cpus` is not needed any more */
    *out = p;
    return 0;
}

void mw_pool_free(mw_pool *p)
{
    if (!p)
        return;
    p->stop = true;
    gate_raise(&p->start);
    for (int i = 1; i <= p->started; i++)
        pthread_join(p->workers[i].thread, NULL);
    gate_close(&p->start);
    gate_close(&p->done);
    free(p->workers);
    free(p);
}

int mw_pool_threads(const mw_pool *p)
{
    return p->threads;
}

unsigned mw_pool_jobs(const mw_pool *p)
{
    return atomic_load(&p->start.value);
}

bool mw_pool_bound(const mw_pool *p)
{
    return atomic_load(&p->unbound) == 0;
}

int mw_pool_node(const mw_pool *p, int index)
{
    return p->workers[index].node;
}

void mw_pool_override_node(mw_pool *p, int index, int node)
{
    p->workers[index].node = node;
}

void mw_pool_run(mw_pool *p, mw_pool_fn *fn, void *arg)
{
    if (p->threads == 1) {
        fn(arg, 0, 1);
        return;
    }
    p->fn = fn;
    p->arg = arg;
    atomic_store(&p->done.value, 0);
    gate_raise(&p->start);
    fn(arg, 0, p->threads);
    gate_wait(&p->done, (unsigned)p->threads - 1, p->spin_ns);
}
