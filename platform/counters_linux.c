/* Counters of Linux: perf_event_open in every thread of the pool, in groups that the hardware counts together. */
#include "platform/counters.h"

#include "platform/os.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CACHE_LOAD_MISS(cache) ((cache) | PERF_COUNT_HW_CACHE_OP_READ << 8 | PERF_COUNT_HW_CACHE_RESULT_MISS << 16)

static const struct {
    uint32_t type;
    uint64_t config;
} events[MW_COUNTER_COUNT] = {
    [MW_CYCLES] = {PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES},
    [MW_INSTRUCTIONS] = {PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS},
    [MW_STALLED_CYCLES] = {PERF_TYPE_HARDWARE, PERF_COUNT_HW_STALLED_CYCLES_BACKEND},
    [MW_CACHE_REFILLS] = {PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_MISSES},
    [MW_L1D_REFILLS] = {PERF_TYPE_HW_CACHE, CACHE_LOAD_MISS(PERF_COUNT_HW_CACHE_L1D)},
    [MW_TLB_REFILLS] = {PERF_TYPE_HW_CACHE, CACHE_LOAD_MISS(PERF_COUNT_HW_CACHE_DTLB)},
    [MW_PAGE_FAULTS] = {PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS},
    [MW_SWITCHES] = {PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES},
    [MW_MIGRATIONS] = {PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_MIGRATIONS},
};

/* Group g is the counters from first_of[g] up to first_of[g + 1]: few enough for any core's registers. */
enum { GROUPS = 3, MOST_IN_GROUP = 4 };
static const int first_of[GROUPS + 1] = {MW_CYCLES, MW_L1D_REFILLS, MW_PAGE_FAULTS, MW_COUNTER_COUNT};

typedef struct thread_counters {
    int fd[MW_COUNTER_COUNT];    /* -1: could not be opened */
    int error[MW_COUNTER_COUNT]; /* errno of that, or 0 */
} thread_counters;

struct mw_counters {
    mw_counts start;             /* of the process: used in place of software events */
    int error[MW_COUNTER_COUNT]; /* first errno among the threads; 0: opened on all of them */
    char missing[640];           /* empty: nothing is */
    int threads;
    thread_counters thread[];
};

/* The result of reading a group, in the format requested in open_event. */
typedef struct reading {
    uint64_t n, enabled_ns, running_ns, values[MOST_IN_GROUP];
} reading;

/* Opens a counter of the calling thread, on whatever CPU it runs. */
static int open_event(int counter, int leader)
{
    bool hardware = events[counter].type != PERF_TYPE_SOFTWARE;
    struct perf_event_attr attr = {
        .size = sizeof attr,
        .type = events[counter].type,
        .config = events[counter].config,
        .read_format = PERF_FORMAT_GROUP | PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING,
        /* Always, so that numbers do not depend on a machine's policy. Software events happen inside of the kernel:
         * without it they would read 0. */
        .exclude_kernel = hardware,
        .exclude_hv = hardware,
        .exclude_guest = hardware, /* some CPUs count nothing without it; this process has no guests */
    };
    return (int)syscall(SYS_perf_event_open, &attr, 0, -1, leader, PERF_FLAG_FD_CLOEXEC);
}

static void open_thread(void *counters, int index, int threads)
{
    (void)threads;
    thread_counters *t = &((mw_counters *)counters)->thread[index];
    for (int g = 0; g < GROUPS; g++) {
        int leader = -1;
        for (int i = first_of[g]; i < first_of[g + 1]; i++) {
            t->fd[i] = open_event(i, leader);
            t->error[i] = t->fd[i] < 0 ? errno : 0;
            if (leader < 0)
                leader = t->fd[i];
        }
    }
}

/* The number that `format` finds at the start of a system file; MW_UNKNOWN if there is none. */
__attribute__((format(scanf, 2, 0))) static int64_t number_in(const char *path, const char *format)
{
    FILE *f = fopen(path, "re");
    if (!f)
        return MW_UNKNOWN;
    long long value;
    bool got = fscanf(f, format, &value) == 1;
    fclose(f);
    return got ? value : MW_UNKNOWN;
}

static void explain(int error, char *to, size_t size)
{
    if (error == ENOENT || error == EOPNOTSUPP || error == ENODEV || error == ENXIO)
        snprintf(to, size, "this machine does not count them");
    else if (error == ENOSYS)
        snprintf(to, size, "this kernel or emulator has no perf_event_open");
    else if (error == EACCES || error == EPERM)
        snprintf(to, size, "the system forbids it (kernel.perf_event_paranoid is %lld%s)",
                 (long long)number_in("/proc/sys/kernel/perf_event_paranoid", "%lld"),
                 error == EPERM ? "; a container may forbid more" : "");
    else if (error == EMFILE || error == ENFILE)
        snprintf(to, size, "too few file descriptors for this many threads (ulimit -n)");
    else
        snprintf(to, size, "%s", strerror(error));
}

static void append(mw_counters *c, const char *before, const char *text)
{
    size_t n = strlen(c->missing);
    snprintf(c->missing + n, sizeof c->missing - n, "%s%s", before, text);
}

/* Writes "a, b: reason; c: reason". */
static void explain_missing(mw_counters *c, const mw_counts *counts)
{
    bool told[MW_COUNTER_COUNT];
    for (int i = 0; i < MW_COUNTER_COUNT; i++)
        told[i] = c->error[i] == 0 || !isnan(counts->of[i]);
    for (int i = 0; i < MW_COUNTER_COUNT; i++) {
        if (told[i])
            continue;
        append(c, c->missing[0] ? "; " : "", mw_counter_name((mw_counter)i));
        for (int j = i + 1; j < MW_COUNTER_COUNT; j++)
            if (!told[j] && c->error[j] == c->error[i]) {
                append(c, ", ", mw_counter_name((mw_counter)j));
                told[j] = true;
            }
        char reason[128];
        explain(c->error[i], reason, sizeof reason);
        append(c, ": ", reason);
    }
}

static void close_all(mw_counters *c)
{
    for (int t = 0; t < c->threads; t++)
        for (int i = 0; i < MW_COUNTER_COUNT; i++) {
            if (c->thread[t].fd[i] >= 0)
                close(c->thread[t].fd[i]);
            c->thread[t].fd[i] = -1;
        }
}

int mw_counters_open(mw_pool *pool, mw_counters **out, mw_error *err)
{
    const int threads = mw_pool_threads(pool);
    mw_counters *c = *out = calloc(1, sizeof *c + (size_t)threads * sizeof c->thread[0]);
    if (!c)
        return mw_fail(err, -ENOMEM, "out of memory for the counters of %d threads", threads);
    c->threads = threads;
    mw_counts_of_process(&c->start);
    mw_pool_run(pool, open_thread, c);
    int exhausted = 0;
    for (int t = 0; t < threads; t++)
        for (int i = 0; i < MW_COUNTER_COUNT; i++) {
            int error = c->thread[t].error[i];
            if (c->error[i] == 0)
                c->error[i] = error;
            if (error == EMFILE || error == ENFILE)
                exhausted = error;
        }
    if (exhausted) { /* leave the descriptors to others that need them */
        close_all(c);
        for (int i = 0; i < MW_COUNTER_COUNT; i++)
            c->error[i] = c->error[i] ? c->error[i] : exhausted;
    }
    mw_counts counts;
    mw_counters_read(c, &counts);
    explain_missing(c, &counts);
    return 0;
}

/* Adds what group g of a thread counted; NAN if the group was never scheduled. */
static void add_group(const thread_counters *t, int g, mw_counts *counts)
{
    int leader = first_of[g];
    while (leader < first_of[g + 1] && t->fd[leader] < 0)
        leader++;
    if (leader == first_of[g + 1])
        return;
    reading r = {0};
    double scale = NAN;
    if (read(t->fd[leader], &r, sizeof r) > 0) {
        if (r.running_ns > 0)
            scale = (double)r.enabled_ns / (double)r.running_ns;
        else if (r.enabled_ns == 0)
            scale = 1; /* the thread has not run yet */
    }
    int k = 0; /* values come in the order in which the group's members were opened */
    for (int i = leader; i < first_of[g + 1]; i++)
        if (t->fd[i] >= 0)
            counts->of[i] += (double)r.values[k++] * scale;
}

void mw_counters_read(const mw_counters *c, mw_counts *counts)
{
    *counts = (mw_counts){{0}};
    for (int t = 0; t < c->threads; t++)
        for (int g = 0; g < GROUPS; g++)
            add_group(&c->thread[t], g, counts);
    mw_counts process;
    mw_counts_of_process(&process);
    for (int i = 0; i < MW_COUNTER_COUNT; i++)
        if (c->error[i])
            counts->of[i] = process.of[i] - c->start.of[i];
}

void mw_counters_close(mw_counters *c)
{
    if (c)
        close_all(c);
    free(c);
}

const char *mw_counters_missing(const mw_counters *c)
{
    return c->missing[0] ? c->missing : NULL;
}

mw_disturbance mw_disturbance_now(void)
{
    int64_t ticks = number_in("/proc/stat", "cpu %*u %*u %*u %*u %*u %*u %*u %lld");
    long per_second = sysconf(_SC_CLK_TCK);
    return (mw_disturbance){
        .steal_us = ticks == MW_UNKNOWN || per_second <= 0 ? MW_UNKNOWN : ticks * (1000000 / per_second),
        .cpu_pressure_us = number_in("/proc/pressure/cpu", "some %*s %*s %*s total=%lld"),
        .memory_pressure_us = number_in("/proc/pressure/memory", "some %*s %*s %*s total=%lld"),
    };
}
