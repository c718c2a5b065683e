/* Counters: what this machine gives, and, as few test machines have them all, what becomes of made-up events. */
#include "platform/counters.h"
#include "platform/os.h"
#include "tests/tap.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

#ifdef __linux__
/* The file under test, with the system's answers replaced while `fake.on`. */
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FIRST_FD = 100000, MOST_OPENS = 64 };

typedef struct event {
    uint32_t type;
    uint64_t config;
} event;

/* The kernel's numbers, in the order of mw_counter. */
static const event kernel_events[MW_COUNTER_COUNT] = {{0, 0},       {0, 1}, {0, 8}, {0, 3}, {3, 0x10000},
                                                      {3, 0x10003}, {1, 2}, {1, 3}, {1, 4}};

static struct {
    bool on;
    int refuse[MW_COUNTER_COUNT];    /* errno for an event, or 0 */
    int fail_from, fail_with;        /* every open from this one on, with this errno */
    uint64_t enabled, running;       /* of hardware events */
    const char *stat, *paranoid;     /* contents of files */
    atomic_int opens, closes, wrong; /* wrong: calls that no kernel would take */
    struct {
        int counter, leader;
    } open[MOST_OPENS];
} fake;

static long fake_syscall(long number, struct perf_event_attr *a, int pid, int cpu, int leader, unsigned long flags)
{
    if (!fake.on)
        return syscall(number, a, pid, cpu, leader, flags);
    int n = atomic_fetch_add(&fake.opens, 1), c = 0;
    while (c < MW_COUNTER_COUNT && (kernel_events[c].type != a->type || kernel_events[c].config != a->config))
        c++;
    bool hardware = a->type != PERF_TYPE_SOFTWARE;
    fake.wrong +=
        c == MW_COUNTER_COUNT || n >= MOST_OPENS || number != SYS_perf_event_open || pid != 0 || cpu != -1 ||
        flags != PERF_FLAG_FD_CLOEXEC || a->disabled || a->inherit || a->size < PERF_ATTR_SIZE_VER0 ||
        a->exclude_user || a->exclude_kernel != hardware || a->exclude_hv != hardware ||
        a->read_format != (PERF_FORMAT_GROUP | PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING);
    if (fake.wrong)
        return -1;
    int error = n >= fake.fail_from ? fake.fail_with : fake.refuse[c];
    if (leader != -1) /* a member must stand in a group of its kind */
        fake.wrong += leader < FIRST_FD || fake.open[leader - FIRST_FD].leader != -1 ||
                      (kernel_events[fake.open[leader - FIRST_FD].counter].type == PERF_TYPE_SOFTWARE) == hardware;
    fake.open[n].counter = error ? -1 : c;
    fake.open[n].leader = leader;
    errno = error;
    return error ? -1 : FIRST_FD + n;
}

/* Counter c of every thread has counted 10 * (c + 1). */
static ssize_t fake_read(int fd, void *to, size_t size)
{
    if (!fake.on)
        return read(fd, to, size);
    uint64_t out[3 + MW_COUNTER_COUNT] = {0};
    for (int i = fd - FIRST_FD; i < fake.opens; i++)
        if (i == fd - FIRST_FD || (fake.open[i].leader == fd && fake.open[i].counter >= 0))
            out[3 + out[0]++] = 10 * ((uint64_t)fake.open[i].counter + 1);
    bool hardware = fake.open[fd - FIRST_FD].counter < MW_PAGE_FAULTS;
    out[1] = hardware ? fake.enabled : 70;
    out[2] = hardware ? fake.running : 70;
    size_t used = (3 + out[0]) * sizeof out[0];
    errno = ENOSPC;
    if (used > size)
        return -1;
    memcpy(to, out, used);
    return (ssize_t)used;
}

static int fake_close(int fd)
{
    if (!fake.on)
        return close(fd);
    fake.closes++;
    return 0;
}

static FILE *fake_fopen(const char *path, const char *mode)
{
    if (!fake.on)
        return fopen(path, mode);
    const char *text = NULL;
    if (strcmp(path, "/proc/sys/kernel/perf_event_paranoid") == 0)
        text = fake.paranoid;
    if (strcmp(path, "/proc/stat") == 0)
        text = fake.stat;
    if (strcmp(path, "/proc/pressure/cpu") == 0)
        text = "some avg10=1.50 avg60=0.05 avg300=0.90 total=3216492095\nfull avg10=0 avg60=0 avg300=0 total=7\n";
    return text ? fmemopen((void *)(uintptr_t)text, strlen(text), "r") : NULL;
}

#define syscall fake_syscall
#define read fake_read
#define close fake_close
#define fopen fake_fopen
#include "platform/counters_linux.c"
#undef syscall
#undef read
#undef close
#undef fopen

enum { FAKE_THREADS = 3, HARDWARE = MW_PAGE_FAULTS };

static void reset(void)
{
    memset(&fake, 0, sizeof fake);
    fake.on = true;
    fake.fail_from = MOST_OPENS;
    fake.enabled = 300;
    fake.running = 100;
    fake.paranoid = "3\n";
}

/* Opens, reads and closes. Counters from `first` to `last` are to be NAN, or what the process was told meanwhile where
 * that stands in; all others what every thread counted, times `scale` for hardware events. The reason is `missing`. */
static void expect(const char *what, int first, int last, double scale, const char *missing)
{
    mw_pool *pool;
    mw_counters *c;
    mw_counts counts, before, after;
    mw_error err;
    if (mw_pool_create(FAKE_THREADS, NULL, NULL, 0, &pool, &err))
        return;
    mw_counts_of_process(&before);
    mw_counters_open(pool, &c, &err);
    mw_counters_read(c, &counts);
    mw_counts_of_process(&after);
    bool right = fake.fail_with != EMFILE || fake.closes > 0; /* not to wait until the counters are closed */
    for (int i = 0; i < MW_COUNTER_COUNT; i++) {
        double is = counts.of[i], should = FAKE_THREADS * 10.0 * (i + 1) * (i < HARDWARE ? scale : 1);
        bool stands_in = i == MW_PAGE_FAULTS || i == MW_SWITCHES;
        bool ok = is == should;
        if (i >= first && i <= last)
            ok = stands_in ? is >= 0 && is <= after.of[i] - before.of[i] : isnan(is);
        if (!ok)
            tap_note("%s is %g", mw_counter_name((mw_counter)i), is);
        right &= ok;
    }
    const char *said = mw_counters_missing(c);
    bool told = missing ? said && strcmp(said, missing) == 0 : said == NULL;
    if (!told)
        tap_note("missing: %s", said ? said : "nothing");
    mw_counters_close(c);
    mw_pool_free(pool);
    int opened = 0;
    for (int i = 0; i < fake.opens && i < MOST_OPENS; i++)
        opened += fake.open[i].counter >= 0;
    tap_ok(right && told && fake.wrong == 0 && fake.closes == opened, "%s", what);
}

static void check_made_up(void)
{
    reset();
    expect("all of them, scaled and added up over threads", -1, -1, 3, NULL);
    reset();
    fake.enabled = fake.running = 0;
    expect("nothing has run yet", -1, -1, 1, NULL);
    reset();
    fake.running = 0;
    expect("no room for the hardware events", 0, HARDWARE - 1, 1, NULL);
    reset();
    fake.refuse[MW_STALLED_CYCLES] = ENOENT;
    expect("one that the machine lacks", MW_STALLED_CYCLES, MW_STALLED_CYCLES, 3,
           "stalled_cycles: this machine does not count them");
    reset();
    fake.refuse[MW_CYCLES] = EOPNOTSUPP;
    expect("the first one of a group lacks", MW_CYCLES, MW_CYCLES, 3, "cycles: this machine does not count them");
    reset();
    fake.refuse[MW_L1D_REFILLS] = fake.refuse[MW_TLB_REFILLS] = ENOENT;
    expect("a whole group lacks", MW_L1D_REFILLS, MW_TLB_REFILLS, 3,
           "l1d_refills, tlb_refills: this machine does not count them");
    reset();
    for (int i = 0; i < MW_COUNTER_COUNT; i++)
        fake.refuse[i] = i < HARDWARE ? ENOENT : EACCES;
    expect("two reasons; page faults and switches of the process stand in", 0, MW_COUNTER_COUNT - 1, 1,
           "cycles, instructions, stalled_cycles, cache_refills, l1d_refills, tlb_refills: this machine does not count "
           "them; migrations: the system forbids it (kernel.perf_event_paranoid is 3)");
    reset();
    fake.refuse[MW_MIGRATIONS] = EPERM;
    fake.paranoid = "-1\n";
    expect("a container", MW_MIGRATIONS, MW_MIGRATIONS, 3,
           "migrations: the system forbids it (kernel.perf_event_paranoid is -1; a container may forbid more)");
    reset();
    fake.fail_from = 0;
    fake.fail_with = ENOSYS;
    expect("no such system call", 0, MW_COUNTER_COUNT - 1, 1,
           "cycles, instructions, stalled_cycles, cache_refills, l1d_refills, tlb_refills, migrations: this kernel or "
           "emulator has no perf_event_open");
    reset();
    fake.fail_from = 20;
    fake.fail_with = EMFILE;
    expect("descriptors run out in the last thread: all are given back", 0, MW_COUNTER_COUNT - 1, 1,
           "cycles, instructions, stalled_cycles, cache_refills, l1d_refills, tlb_refills, migrations: too few file "
           "descriptors for this many threads (ulimit -n)");
    reset();
    fake.stat = "cpu  832990 42988 437570 1105741 12589 1 4767 250 3 4\ncpu0 1 2 3 4 5 6 7 8 9 10\n";
    mw_disturbance d = mw_disturbance_now();
    tap_ok(d.steal_us == 250 * (1000000 / sysconf(_SC_CLK_TCK)) && d.cpu_pressure_us == 3216492095 &&
               d.memory_pressure_us == MW_UNKNOWN,
           "steal %lld us, pressure %lld us", (long long)d.steal_us, (long long)d.cpu_pressure_us);
    fake.stat = "cpu  832990 42988 437570\n";
    tap_ok(mw_disturbance_now().steal_us == MW_UNKNOWN, "an old kernel tells of no steal");
    fake.on = false;
}
#else
static void check_made_up(void)
{
    tap_skip("made-up events", "only Linux has them");
}
#endif

enum { PAGES = 256, THREADS = 3 };

/* Touches new pages, small ones. */
static void fault(void *arg, int index, int threads)
{
    (void)arg, (void)index, (void)threads;
    size_t page = mw_page_bytes();
    volatile char *p = mw_pages_alloc(PAGES * page);
#ifdef MADV_NOHUGEPAGE
    if (p)
        madvise((void *)(uintptr_t)p, PAGES * page, MADV_NOHUGEPAGE);
#endif
    for (size_t i = 0; p && i < PAGES; i++)
        p[i * page] = 1;
    mw_pages_free((void *)(uintptr_t)p, PAGES * page);
}

static void check_real(void)
{
    mw_pool *pool;
    mw_counters *c;
    mw_counts counts, later;
    mw_error err;
    if (!tap_ok(mw_pool_create(THREADS, NULL, NULL, 0, &pool, &err) == 0 && mw_counters_open(pool, &c, &err) == 0,
                "counters open on %d threads", THREADS))
        return;
    mw_pool_run(pool, fault, NULL);
    mw_counters_read(c, &counts);
    mw_pool_run(pool, fault, NULL);
    mw_counters_read(c, &later);
    bool sane = true, software = true;
    for (int i = 0; i < MW_COUNTER_COUNT; i++) {
        tap_note("%s %.0f %.0f", mw_counter_name((mw_counter)i), counts.of[i], later.of[i]);
        sane &= isnan(counts.of[i]) || (counts.of[i] >= 0 && isfinite(counts.of[i]));
        if (i >= MW_PAGE_FAULTS)
            software &= isnan(counts.of[i]) || later.of[i] >= counts.of[i];
    }
    tap_ok(sane && software, "numbers or nothing, and software events never go back");
    tap_ok(counts.of[MW_PAGE_FAULTS] >= THREADS * PAGES && later.of[MW_PAGE_FAULTS] >= 2 * THREADS * PAGES &&
               later.of[MW_PAGE_FAULTS] < 20 * THREADS * PAGES,
           "page faults of all threads since the start: %.0f, %.0f", counts.of[MW_PAGE_FAULTS],
           later.of[MW_PAGE_FAULTS]);
    const char *missing = mw_counters_missing(c);
    tap_ok(missing
               ? missing[0] && isnan(counts.of[MW_CYCLES] + counts.of[MW_INSTRUCTIONS] + counts.of[MW_STALLED_CYCLES] +
                                     counts.of[MW_CACHE_REFILLS] + counts.of[MW_L1D_REFILLS] +
                                     counts.of[MW_TLB_REFILLS] + counts.of[MW_MIGRATIONS])
               : !isnan(counts.of[MW_MIGRATIONS]),
           "what is missing: %s", missing ? missing : "nothing");
    mw_counters_close(c);
    mw_counters_close(NULL);
    mw_pool_free(pool);
}

static void check_happenings(void)
{
    int cpus[MW_MAX_CPUS], n = mw_cpus_allowed(cpus, MW_MAX_CPUS);
    mw_happenings was = mw_happenings_now();
    fault(NULL, 0, 1);
    mw_happenings now = mw_happenings_now();
    tap_ok(now.minor_faults >= was.minor_faults + PAGES && now.major_faults >= was.major_faults &&
               now.switches >= was.switches && was.switches >= 0,
           "happenings: %lld minor faults, %lld major, %lld switches", (long long)now.minor_faults,
           (long long)now.major_faults, (long long)now.switches);
    bool known = now.cpu == MW_UNKNOWN;
    for (int i = 0; i < n && i < MW_MAX_CPUS; i++)
        known |= now.cpu == cpus[i];
    tap_ok(known, "running on CPU %d", now.cpu);
    mw_disturbance d = mw_disturbance_now(), e = mw_disturbance_now();
    tap_ok(d.steal_us >= MW_UNKNOWN && e.cpu_pressure_us >= d.cpu_pressure_us &&
               e.memory_pressure_us >= d.memory_pressure_us,
           "disturbance: steal %lld us, waits for CPUs %lld us, for memory %lld us", (long long)e.steal_us,
           (long long)e.cpu_pressure_us, (long long)e.memory_pressure_us);
    bool names = true;
    for (int i = 0; i < MW_COUNTER_COUNT; i++)
        for (int j = 0; j <= i; j++)
            names &= (strcmp(mw_counter_name((mw_counter)i), mw_counter_name((mw_counter)j)) == 0) == (i == j);
    tap_ok(names && strcmp(mw_counter_name(MW_MIGRATIONS), "migrations") == 0, "every counter has a name of its own");
}

int main(void)
{
    check_made_up();
    check_real();
    check_happenings();
    return tap_done();
}
