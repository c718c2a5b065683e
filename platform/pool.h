/* A pool of threads for fork-join work: the caller is thread 0, n - 1 workers are bound to their CPUs and wait. */
#ifndef MW_PLATFORM_POOL_H
#define MW_PLATFORM_POOL_H

#include "platform/error.h"
#include "platform/topology.h"

#include <stddef.h>

typedef struct mw_pool mw_pool;

/* One share of the work: thread `index` of `threads`. Shares run at the same time. */
typedef void mw_pool_fn(void *arg, int index, int threads);

/* First of `units` that thread `index` takes when they are distributed evenly; the next thread's first is its end. */
static inline size_t mw_pool_share(size_t units, int index, int threads)
{
    return units * (size_t)index / (size_t)threads;
}

/* Starts `threads` - 1 workers. Thread i is bound to cpus[i % n_cpus]; the caller is bound as thread 0. With n_cpus 0
 * (or `topology` NULL) nothing is bound. *out is owned by the caller. */
int mw_pool_create(int threads, const mw_topology *topology, const int *cpus, int n_cpus, mw_pool **out, mw_error *err);
void mw_pool_free(mw_pool *pool);

int mw_pool_threads(const mw_pool *pool);

/* How often mw_pool_run has started and joined threads; wraps around. 0 for a pool of one thread, which starts none. */
unsigned mw_pool_jobs(const mw_pool *pool);

/* Whether every thread could be bound to its CPU. */
bool mw_pool_bound(const mw_pool *pool);

/* The NUMA node of the CPU to which thread `index` is bound; MW_UNKNOWN if it is not bound or the system does not
 * tell. */
int mw_pool_node(const mw_pool *pool, int index);

/* From now on mw_pool_node answers `node` for that thread. Not while the pool runs. */
void mw_pool_override_node(mw_pool *pool, int index, int node);

/* Runs fn(arg, i, threads) on every thread and returns when all are done. Not to be called from inside fn, nor from
 * two threads at once. Waiting threads spin briefly, then sleep, so that more threads than CPUs still finish. */
void mw_pool_run(mw_pool *pool, mw_pool_fn *fn, void *arg);

#endif
