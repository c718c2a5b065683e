/* Threads and the CPUs they run on. */
#include "platform/os.h"
#include "platform/pool.h"
#include "tests/tap.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

static bool quick;

enum { MOST_THREADS = 64 };

/* Plain numbers, written by the workers and read by the caller: if the pool did not order these, a thread sanitizer
 * would see it. */
typedef struct tally {
    long calls[MOST_THREADS];
    int threads;
    atomic_int wrong;
} tally;

static void count_call(void *arg, int index, int threads)
{
    tally *t = arg;
    if (index < 0 || index >= threads || threads != t->threads)
        atomic_fetch_add(&t->wrong, 1);
    else
        t->calls[index]++;
}

static void check_pool(int threads, int jobs, bool sleeping)
{
    mw_error err;
    mw_pool *pool;
    if (mw_pool_create(threads, NULL, NULL, 0, &pool, &err)) {
        tap_ok(false, "%d threads: %s", threads, err.text);
        return;
    }
    tally t = {.threads = threads};
    bool once = mw_pool_threads(pool) == threads;
    for (long job = 1; job <= jobs && once; job++) {
        if (sleeping) /* far longer than a thread spins */
            nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        mw_pool_run(pool, count_call, &t);
        for (int i = 0; i < threads; i++)
            once &= t.calls[i] == job;
    }
    mw_pool_free(pool);
    tap_ok(once && !atomic_load(&t.wrong), "%d threads, %d jobs%s: every thread once a job", threads, jobs,
           sleeping ? ", asleep in between" : "");
}

static void check_pools(void)
{
    static const int threads[] = {1, 2, 3, 8};
    for (int i = 0; i < 4; i++) {
        check_pool(threads[i], quick ? 300 : 3000, false);
        check_pool(threads[i], quick ? 20 : 100, true);
    }
    int cpus[MW_MAX_CPUS], n = mw_cpus_allowed(cpus, MW_MAX_CPUS);
    check_pool(n * 2 + 1 < MOST_THREADS ? n * 2 + 1 : MOST_THREADS, 100, false);
    mw_pool *pool;
    mw_error err;
    static const int bad[] = {-1, 0, MW_MAX_CPUS + 1};
    for (int i = 0; i < 3; i++)
        tap_ok(mw_pool_create(bad[i], NULL, NULL, 0, &pool, &err) == -EINVAL && !pool, "refused: %s", err.text);
    mw_pool_free(NULL);
    tap_ok(mw_pool_create(3, NULL, NULL, 0, &pool, &err) == 0 && !mw_pool_bound(pool),
           "threads bound to nothing say so");
    mw_pool_free(pool);
}

static void check_topology(void)
{
    mw_topology *t;
    mw_error err;
    if (!tap_ok(mw_topology_open(&t, &err) == 0, "topology opens"))
        return;
    int cpus[MW_MAX_CPUS], allowed[MW_MAX_CPUS];
    int n = mw_topology_cpus(t, cpus), n_allowed = mw_cpus_allowed(allowed, MW_MAX_CPUS);
    bool inside = n >= 1 && n <= n_allowed;
    for (int i = 0; i < n && inside; i++) {
        inside = false;
        for (int j = 0; j < n_allowed; j++)
            inside |= cpus[i] == allowed[j];
        for (int j = 0; j < i; j++)
            inside &= cpus[i] != cpus[j];
    }
    tap_ok(inside, "%d CPUs, all of them allowed, none twice (from %s)", n, mw_topology_source(t));
    mw_pool *pool;
    if (tap_ok(mw_pool_create(n + 1, t, cpus, n, &pool, &err) == 0, "a pool of one thread more than CPUs, bound")) {
        tally sum = {.threads = n + 1};
        if (n < MOST_THREADS)
            mw_pool_run(pool, count_call, &sum);
        tap_ok(atomic_load(&sum.wrong) == 0, "runs a job; binding %s",
               mw_pool_bound(pool) ? "worked" : "is not possible");
        mw_pool_free(pool);
    }
    mw_cache_info cache = {MW_UNKNOWN, MW_UNKNOWN, MW_UNKNOWN};
    bool l1 = mw_topology_cache(t, 1, &cache);
    tap_ok(!l1 || ((cache.line_bytes == MW_UNKNOWN || cache.line_bytes >= 16) && cache.bytes != 0),
           "first-level cache: %lld bytes in lines of %lld", (long long)cache.bytes, (long long)cache.line_bytes);
    tap_ok(!mw_topology_cache(t, 99, &cache), "there is no cache of level 99");
    mw_topology_close(t);
}

int main(void)
{
    quick = getenv("MEMWALL_TEST_QUICK") != NULL;
    check_pools();
    check_topology();
    return tap_done();
}
