/* Benchmark: what it costs to start a function on all threads and to wait for all of them, by the pool that the decoder
 * uses and by OpenMP, where the compiler has it.
 *
 *   meson test -C build --benchmark -v fork_join
 *
 * The function is empty. It runs back to back, and with the caller at work for some time in between while the others
 * wait, as between two matrices. OpenMP reads its environment when a program starts, so every measurement is a process
 * of its own: this program again, which a variable of its environment tells what to do. In each round all cases come in
 * a new random order; a case's number is the median over rounds of the medians of its processes, with a 95 % interval
 * by order statistics. With a gap every run is timed by itself and a reading of the clock is taken off. */
#include "bench/stats/random.h"
#include "bench/stats/stats.h"
#include "platform/child.h"
#include "platform/cli.h"
#include "platform/os.h"
#include "platform/pool.h"
#include "platform/progress.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define TASK "MEMWALL_FORK_JOIN" /* "way threads gap_us": this process is one measurement */

enum { ROUNDS = 21, SAMPLES = 201, WARM_UP = 50, BACK_TO_BACK = 100, LIMIT_S = 60, MOST_CASES = 256 };

static const int gaps_us[] = {0, 10, 30, 300};
enum { GAPS = sizeof gaps_us / sizeof *gaps_us };

/* How to fork, and what OpenMP is told about it. */
typedef struct way {
    const char *name, *bind, *wait;
} way;
static const way ways[] = {
    {"pool", NULL, NULL},
#ifdef _OPENMP
    {"OpenMP", NULL, NULL},
    {"OpenMP, bound, active", "true", "active"},
#endif
};
enum { WAYS = sizeof ways / sizeof *ways };

static void empty(void *arg, int index, int threads)
{
    (void)arg;
    (void)index;
    (void)threads;
}

static mw_pool_fn *volatile work = empty; /* volatile: so that there is a call */

static void fork_join(mw_pool *pool, int threads)
{
    if (pool) {
        mw_pool_run(pool, work, NULL);
        return;
    }
#ifdef _OPENMP
#pragma omp parallel num_threads(threads)
#endif
    work(NULL, 0, threads);
}

/* Median time of a fork and join in ns. */
static double median_ns(mw_pool *pool, int threads, int gap_us)
{
    static double ns[SAMPLES];
    const int runs = gap_us ? 1 : BACK_TO_BACK;
    const double clock_ns = mw_clock_measure().overhead_ns;
    for (int i = -WARM_UP; i < SAMPLES; i++) {
        uint64_t start = mw_clock_ns();
        while (mw_clock_ns() - start < (uint64_t)gap_us * 1000)
            ;
        start = mw_clock_ns();
        for (int run = 0; run < runs; run++)
            fork_join(pool, threads);
        if (i >= 0)
            ns[i] = ((double)(mw_clock_ns() - start) - clock_ns) / runs;
    }
    mw_sort(ns, SAMPLES);
    return mw_percentile(ns, SAMPLES, 0.5);
}

/* One measurement, its result on stdout. */
static int measure(const char *task, mw_error *err)
{
    int w, threads, gap_us, cpus[MW_MAX_CPUS], rc = 0;
    mw_topology *topology = NULL;
    mw_pool *pool = NULL;
    if (sscanf(task, "%d %d %d", &w, &threads, &gap_us) != 3)
        return mw_fail(err, -EINVAL, "%s is \"%s\"; unset it", TASK, task);
    if (w == 0)
        rc = mw_topology_open(&topology, err);
    if (w == 0 && !rc)
        rc = mw_pool_create(threads, topology, cpus, mw_topology_cpus(topology, cpus), &pool, err);
    if (!rc)
        printf("%.1f\n", median_ns(pool, threads, gap_us));
    mw_pool_free(pool);
    mw_topology_close(topology);
    return rc;
}

static void set_or_unset(const char *name, const char *value)
{
    if (value)
        setenv(name, value, 1);
    else
        unsetenv(name);
}

/* The same in a process of its own. */
static int ask(char *program, int w, int threads, int gap_us, double *ns, mw_error *err)
{
    char task[48];
    mw_child_end out = {0};
    snprintf(task, sizeof task, "%d %d %d", w, threads, gap_us);
    set_or_unset("OMP_PROC_BIND", ways[w].bind);
    set_or_unset("OMP_WAIT_POLICY", ways[w].wait);
    int rc = mw_child_run(&(mw_child){.argv = (char *[]){program, NULL},
                                      .name = TASK,
                                      .value = task,
                                      .streams = MW_CHILD_CAPTURED,
                                      .limit_s = LIMIT_S},
                          &out, err);
    if (!rc && (out.status != 0 || sscanf(out.out, "%lf", ns) != 1))
        rc = mw_fail(err, -EIO, "%s, %d threads: exit code %d: %.200s", ways[w].name, threads, out.status, out.err);
    mw_child_end_free(&out);
    return rc;
}

static int run_all(char *program, mw_error *err)
{
    int cpus[MW_MAX_CPUS], most = mw_cpus_allowed(cpus, MW_MAX_CPUS), counts[16], n_counts = 0, order[MOST_CASES];
    for (int t = 1; t < most && n_counts < 15; t *= 2)
        counts[n_counts++] = t;
    counts[n_counts++] = most;
    const int per_count = WAYS * GAPS, n = n_counts * per_count;
    static double ns[MOST_CASES][ROUNDS];
    uint64_t seed = 1;
    for (int i = 0; i < n; i++)
        order[i] = i;
    for (int round = 0; round < ROUNDS; round++) {
        mw_shuffle(order, n, &seed);
        for (int i = 0; i < n; i++) {
            const int c = order[i],
                      rc = ask(program, c / GAPS % WAYS, counts[c / per_count], gaps_us[c % GAPS], &ns[c][round], err);
            if (rc)
                return rc;
        }
    }
    printf("fork and join of an empty function, us; work of the caller in between; n = %d processes\n", ROUNDS);
    printf("%-22s %7s %10s   %8s   %s\n", "", "threads", "between", "median", "95 % interval");
    for (int c = 0; c < n; c++) {
        mw_sort(ns[c], ROUNDS);
        const mw_interval interval = mw_interval_percentile(ns[c], ROUNDS, 0.5);
        printf("%-22s %7d %7d us   %8.3f   %.3f to %.3f\n", ways[c / GAPS % WAYS].name, counts[c / per_count],
               gaps_us[c % GAPS], mw_percentile(ns[c], ROUNDS, 0.5) * 1e-3, interval.low * 1e-3, interval.high * 1e-3);
    }
    if (WAYS == 1)
        printf("built without OpenMP\n");
    return 0;
}

int main(int argc, char **argv)
{
    (void)argc;
    mw_error err = {""};
    mw_interrupt_catch();
    const char *task = getenv(TASK);
    const int rc = task ? measure(task, &err) : run_all(argv[0], &err);
    if (rc)
        fprintf(stderr, "fork_join: %s\n", err.text);
    return rc != 0;
}
