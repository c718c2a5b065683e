/* What only Linux can tell, from /proc, /sys and a few system calls. */
#include "platform/cgroup.h"
#include "platform/counters.h"
#include "platform/os.h"
#include "platform/text.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

enum { HUGE_BYTES = 2 << 20 }; /* a level of the page table, with 4 KiB pages, on x86-64 and AArch64 */

/* First line of a small system file, without its newline; false if it cannot be read. */
static bool first_line(const char *path, char *to, size_t size)
{
    FILE *f = fopen(path, "re");
    if (!f)
        return false;
    bool got = fgets(to, (int)size, f) != NULL;
    fclose(f);
    if (got)
        to[strcspn(to, "\n")] = '\0';
    return got;
}

/* Value of the first line of `path` that starts with `key`, in its own unit; MW_UNKNOWN if there is none. */
static int64_t keyed_number(const char *path, const char *key)
{
    FILE *f = fopen(path, "re");
    if (!f)
        return MW_UNKNOWN;
    char line[256];
    int64_t value = MW_UNKNOWN;
    size_t n = strlen(key);
    while (value == MW_UNKNOWN && fgets(line, sizeof line, f))
        if (strncmp(line, key, n) == 0)
            value = strtoll(line + n, NULL, 10);
    fclose(f);
    return value;
}

int64_t mw_memory_available(void)
{
    const int64_t kib = keyed_number("/proc/meminfo", "MemAvailable:"), left = mw_cgroup_read("").memory_left;
    const int64_t available = kib == MW_UNKNOWN ? MW_UNKNOWN : kib * 1024;
    return left != MW_UNKNOWN && (available == MW_UNKNOWN || left < available) ? left : available;
}

int64_t mw_memory_resident(void)
{
    char line[128];
    long long size, resident;
    if (!first_line("/proc/self/statm", line, sizeof line) || sscanf(line, "%lld %lld", &size, &resident) != 2)
        return MW_UNKNOWN;
    return resident * (int64_t)mw_page_bytes();
}

int64_t mw_memory_proportional(void)
{
    int64_t kib = keyed_number("/proc/self/smaps_rollup", "Pss:");
    return kib == MW_UNKNOWN ? MW_UNKNOWN : kib * 1024;
}

int64_t mw_device_bytes_read(void)
{
    return keyed_number("/proc/self/io", "read_bytes:");
}

int64_t mw_memory_huge(const void *start, size_t bytes)
{
    FILE *f = fopen("/proc/self/smaps", "re");
    if (!f)
        return MW_UNKNOWN;
    char line[512];
    uintptr_t first = (uintptr_t)start, last = first + bytes;
    int64_t huge = 0;
    bool inside = false, seen = false;
    while (fgets(line, sizeof line, f)) {
        unsigned long from, to;
        long long kib;
        char key[32];
        if (sscanf(line, "%lx-%lx ", &from, &to) == 2) {
            inside = from < last && to > first;
            seen |= inside;
        } else if (inside && sscanf(line, "%31[A-Za-z_]: %lld kB", key, &kib) == 2 &&
                   (!strcmp(key, "AnonHugePages") || !strcmp(key, "ShmemPmdMapped") || !strcmp(key, "FilePmdMapped"))) {
            huge += kib * 1024;
        }
    }
    fclose(f);
    return seen ? huge : MW_UNKNOWN;
}

int64_t mw_file_resident(const void *start, size_t bytes)
{
    size_t page = mw_page_bytes(), pages = (bytes + page - 1) / page;
    unsigned char *map = malloc(pages ? pages : 1);
    int64_t resident = MW_UNKNOWN;
    if (map && mincore((void *)(uintptr_t)start, bytes, map) == 0) {
        resident = 0;
        for (size_t i = 0; i < pages; i++)
            resident += (map[i] & 1) ? (int64_t)page : 0;
    }
    free(map);
    return resident;
}

void mw_cpu_model(char *to, size_t size)
{
    snprintf(to, size, "unknown");
    FILE *f = fopen("/proc/cpuinfo", "re");
    if (!f)
        return;
    /* x86-64 names the model, but hypervisors call several generations by one name; AArch64 gives numbers only. */
    char line[512], implementer[32] = "", part[32] = "", family[16] = "?", model[16] = "?";
    while (fgets(line, sizeof line, f)) {
        char *value = strchr(line, ':');
        if (!value)
            continue;
        value += 1 + strspn(value + 1, " \t");
        value[strcspn(value, "\n")] = '\0';
        if (!strncmp(line, "model name", 10)) {
            char name[81];
            mw_text_copy(name, sizeof name, value);
            snprintf(to, size, "%s (family %s, model %s)", name, family, model);
            break;
        }
        if (!strncmp(line, "cpu family", 10))
            snprintf(family, sizeof family, "%.15s", value);
        else if (!strncmp(line, "model", 5))
            snprintf(model, sizeof model, "%.15s", value);
        if (!strncmp(line, "CPU implementer", 15))
            snprintf(implementer, sizeof implementer, "%.31s", value);
        if (!strncmp(line, "CPU part", 8))
            snprintf(part, sizeof part, "%.31s", value);
        if (implementer[0] && part[0]) {
            snprintf(to, size, "implementer %s part %s", implementer, part);
            break;
        }
    }
    fclose(f);
}

int mw_cpus_allowed(int *cpus, int cap)
{
    enum { MOST = 8192 };
    cpu_set_t *set = CPU_ALLOC(MOST);
    size_t bytes = CPU_ALLOC_SIZE(MOST);
    int n = 0;
    if (set && sched_getaffinity(0, bytes, set) == 0) {
        for (int i = 0; i < MOST; i++) {
            if (!CPU_ISSET_S(i, bytes, set))
                continue;
            if (n < cap)
                cpus[n] = i;
            n++;
        }
    }
    if (set)
        CPU_FREE(set);
    if (n == 0) {
        if (cap > 0)
            cpus[0] = 0;
        n = 1;
    }
    return n;
}

double mw_cpu_quota(void)
{
    return mw_cgroup_read("").cpus;
}

double mw_cpu_mhz(void)
{
    char line[32];
    const bool got = first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq", line, sizeof line);
    const double khz = got ? strtod(line, NULL) : 0;
    return khz > 0 ? khz * 1e-3 : NAN;
}

double mw_celsius(void)
{
    double most = NAN;
    char path[64], line[32];
    for (int i = 0; i < 64; i++) {
        snprintf(path, sizeof path, "/sys/class/thermal/thermal_zone%d/temp", i);
        if (first_line(path, line, sizeof line))
            most = fmax(most, strtod(line, NULL) * 1e-3); /* the other one if one is NAN */
    }
    return most;
}

int64_t mw_line_bytes(void)
{
    char line[32];
    if (first_line("/sys/devices/system/cpu/cpu0/cache/index0/coherency_line_size", line, sizeof line))
        return strtoll(line, NULL, 10);
#ifdef _SC_LEVEL1_DCACHE_LINESIZE /* of glibc alone */
    const long bytes = sysconf(_SC_LEVEL1_DCACHE_LINESIZE);
    return bytes > 0 ? bytes : MW_UNKNOWN;
#else
    return MW_UNKNOWN;
#endif
}

static void emit_number(mw_emit_fn *emit, void *to, const char *key, int64_t value)
{
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)value);
    emit(to, key, value == MW_UNKNOWN ? "unavailable" : text);
}

static void emit_files(mw_emit_fn *emit, void *to)
{
#define CPUS "/sys/devices/system/cpu/"
#define HUGE_PAGES "/sys/kernel/mm/transparent_hugepage/"
    static const char *const files[][2] = {
        {"thp", HUGE_PAGES "enabled"},
        {"thp_defrag", HUGE_PAGES "defrag"},
        {"khugepaged_defrag", HUGE_PAGES "khugepaged/defrag"},
        {"numa_balancing", "/proc/sys/kernel/numa_balancing"},
        {"governor", CPUS "cpu0/cpufreq/scaling_governor"},
        {"scaling_driver", CPUS "cpu0/cpufreq/scaling_driver"},
        {"boost", CPUS "cpufreq/boost"},
        {"intel_no_turbo", CPUS "intel_pstate/no_turbo"},
        {"smt_active", CPUS "smt/active"},
        {"perf_event_paranoid", "/proc/sys/kernel/perf_event_paranoid"},
        {"load_average", "/proc/loadavg"},
    };
#undef CPUS
#undef HUGE_PAGES
    char line[256];
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        emit(to, files[i][0], first_line(files[i][1], line, sizeof line) ? line : "unavailable");
}

void mw_os_facts(mw_emit_fn *emit, void *to)
{
    struct utsname u;
    emit(to, "kernel", uname(&u) == 0 ? u.version : "unavailable");
    emit_files(emit, to);
    const mw_cgroup group = mw_cgroup_read("");
    emit(to, "cgroup_cpu_max", group.cpu_max[0] ? group.cpu_max : "unavailable");
    emit(to, "cgroup_memory_max", group.memory_max[0] ? group.memory_max : "unavailable");
    emit_number(emit, to, "memory_total_kib", keyed_number("/proc/meminfo", "MemTotal:"));
    mw_disturbance d = mw_disturbance_now();
    emit_number(emit, to, "steal_us", d.steal_us);
    emit_number(emit, to, "cpu_pressure_us", d.cpu_pressure_us);
    emit_number(emit, to, "memory_pressure_us", d.memory_pressure_us);
    FILE *f = fopen("/proc/cpuinfo", "re");
    const char *virtualized = "unavailable";
    char text[4096];
    while (f && fgets(text, sizeof text, f))
        if (!strncmp(text, "flags", 5)) {
            virtualized = strstr(text, " hypervisor") ? "yes" : "no";
            break;
        }
    if (f)
        fclose(f);
    emit(to, "virtualized", virtualized);
}

/* Reserves `bytes` of addresses that start on a huge-page border. */
static char *reserve_huge(size_t bytes)
{
    char *p = mmap(NULL, bytes + HUGE_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANON | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED)
        return NULL;
    size_t before = (HUGE_BYTES - (uintptr_t)p % HUGE_BYTES) % HUGE_BYTES;
    size_t page = mw_page_bytes(), used = (bytes + page - 1) / page * page, behind = bytes + HUGE_BYTES - before - used;
    if (before > 0)
        munmap(p, before);
    if (behind / page > 0)
        munmap(p + before + used, behind);
    return p + before;
}

void *mw_pages_alloc_huge(size_t bytes)
{
    char *p = reserve_huge(bytes);
    if (!p)
        return NULL;
    if (mprotect(p, bytes, PROT_READ | PROT_WRITE) || madvise(p, bytes, MADV_HUGEPAGE)) {
        mw_pages_free(p, bytes);
        errno = ENOTSUP;
        return NULL;
    }
    return p;
}

int mw_file_map(const mw_file *file, mw_map_mode mode, const void **start, mw_error *err)
{
    if (file->bytes == 0 || file->bytes > SIZE_MAX / 2)
        return mw_fail(err, -EINVAL, "%s: %llu bytes cannot be mapped", file->path, (unsigned long long)file->bytes);
    const size_t bytes = (size_t)file->bytes;
    char *wish = mode == MW_MAP_HUGE ? reserve_huge(bytes) : NULL;
    if (mode == MW_MAP_HUGE && !wish)
        return mw_fail(err, -ENOMEM, "%s: no room for a mapping of %zu MiB", file->path, bytes >> 20);
    int flags = MAP_PRIVATE | (wish ? MAP_FIXED : 0) | (mode == MW_MAP_POPULATE ? MAP_POPULATE : 0);
    void *p = mmap(wish, bytes, PROT_READ, flags, file->fd, 0);
    if (p == MAP_FAILED) {
        const int code = errno == ENODEV ? -ENOTSUP : -errno; /* some file systems have no mappings */
        mw_pages_free(wish, bytes);
        return mw_fail(err, code, "%s: cannot be mapped: %s%s", file->path, strerror(-code),
                       code == -ENOTSUP ? "; choose load heap, or another file system" : "");
    }
    if (mode == MW_MAP_HUGE && madvise(p, bytes, MADV_HUGEPAGE)) {
        munmap(p, bytes);
        return mw_fail(err, -ENOTSUP, "%s: this kernel has no way to request huge pages; choose another load",
                       file->path);
    }
    *start = p;
    return 0;
}

int mw_file_evict(const mw_file *file, mw_error *err)
{
    fsync(file->fd); /* dirty pages stay; a file on a read-only system has none */
    const int code = posix_fadvise(file->fd, 0, 0, POSIX_FADV_DONTNEED);
    if (!code)
        return 0;
    /* The descriptor is good, so whatever it answers, it is a file system or kernel that takes no such advice. */
    return mw_fail(err, -ENOTSUP, "%s: cannot be evicted: %s", file->path, strerror(code));
}

int mw_file_look(const mw_file *file, mw_file_state *state, mw_error *err)
{
    struct stat st;
    if (fstat(file->fd, &st))
        return mw_fail(err, -errno, "%s: %s", file->path, strerror(errno));
    *state = (mw_file_state){(uint64_t)st.st_dev, (uint64_t)st.st_ino, (uint64_t)st.st_size, st.st_mtim.tv_sec,
                             st.st_mtim.tv_nsec};
    return 0;
}
