/* NUMA nodes, the policy for new memory, and caches as the command line says they are. */
#include "bench/run/options.h"
#include "platform/counters.h"
#include "platform/os.h"
#include "tests/tap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#ifdef __linux__
#include <linux/mempolicy.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

static mw_topology *opened(void)
{
    mw_topology *t;
    mw_error err;
    if (mw_topology_open(&t, &err)) {
        tap_ok(false, "topology opens: %s", err.text);
        exit(tap_done());
    }
    return t;
}

/* The policy of this thread for new memory, or -1. */
static int memory_policy(void)
{
#ifdef __linux__
    int mode;
    return syscall(SYS_get_mempolicy, &mode, NULL, 0, NULL, 0) == 0 ? mode : -1;
#else
    return -1;
#endif
}

static void check_nodes(void)
{
    mw_topology *t = opened();
    int cpus[MW_MAX_CPUS], n = mw_topology_cpus(t, cpus), nodes = mw_topology_nodes(t);
    tap_ok(nodes >= 1 && nodes <= MW_MAX_CPUS, "%d NUMA nodes", nodes);
    bool bound = mw_topology_bind_memory(t, cpus, n);
    tap_ok(nodes > 1 || !bound || memory_policy() > 0, "memory %s", bound ? "is bound" : "has nowhere else to go");
    bool hwloc = strcmp(mw_topology_source(t), "none") != 0;
    mw_topology_close(t);
    if (!hwloc) {
        tap_skip("a machine of two nodes", "there is no hwloc to make one up");
        return;
    }
    setenv("HWLOC_SYNTHETIC", "node:2 core:2 pu:1", 1);
    t = opened();
    tap_ok(mw_topology_nodes(t) == 2, "a made-up machine of two nodes");
    tap_ok(mw_topology_node(t, 0) == 0 && mw_topology_node(t, 1) == 0 && mw_topology_node(t, 2) == 1 &&
               mw_topology_node(t, 3) == 1 && mw_topology_node(t, 4) == MW_UNKNOWN,
           "and the node of each of its CPUs");
    tap_ok(mw_topology_core_classes(t) == 1 && mw_topology_core_class(t, 3) == 0, "its cores are all of one class");
    tap_ok(mw_topology_bind_memory(t, (int[]){0, 1}, 2) && mw_topology_bind_memory(t, (int[]){1, 2}, 2) &&
               !mw_topology_bind_memory(t, NULL, 0),
           "its memory can be bound");
    mw_topology_close(t);
    mw_cache_info of, first;
    setenv("HWLOC_SYNTHETIC", "node:1 l3:2 core:2 l1d:1 pu:2", 1);
    t = opened();
    tap_ok(mw_topology_cores(t, (int[]){0, 2, 4}, 3) == 3 && mw_topology_cores(t, (int[]){0, 1, 3}, 3) == 2 &&
               mw_topology_cores(t, NULL, 0) == 0,
           "cores by their hardware threads");
    tap_ok(mw_topology_caches(t, 1) == 4 && mw_topology_caches(t, 3) == 2 && mw_topology_caches(t, 2) == 1,
           "the number of caches of a level, 1 if it is not known");
    tap_ok(mw_topology_cache_of(t, 7, 3, &of) && mw_topology_cache(t, 3, &first) && of.bytes == first.bytes &&
               !mw_topology_cache_of(t, 7, 2, &of) && !mw_topology_cache_of(t, 8, 3, &of),
           "the caches of another CPU, none of a CPU that is not there");
    mw_topology_close(t);
    setenv("HWLOC_SYNTHETIC", "node:1 core:2 pu:1", 1);
    t = opened();
    tap_ok(mw_topology_nodes(t) == 1 && !mw_topology_bind_memory(t, (int[]){0, 1}, 2), "one node is no choice");
    mw_topology_close(t);
#ifdef __linux__
    /* The made-up node 0 is a real one, too, so that the policy may be set and looked at. */
    setenv("HWLOC_SYNTHETIC", "node:2 core:2 pu:1", 1);
    setenv("HWLOC_THISSYSTEM", "1", 1);
    t = opened();
    syscall(SYS_set_mempolicy, MPOL_DEFAULT, NULL, 0);
    bound = mw_topology_bind_memory(t, (int[]){0, 1}, 2);
    int policy = memory_policy();
    if (policy < 0 || !bound)
        tap_skip("new memory from one node", "this kernel has no policies for memory");
    else
        tap_ok(policy != MPOL_DEFAULT && policy != MPOL_INTERLEAVE, "new memory from one node: policy %d", policy);
    syscall(SYS_set_mempolicy, MPOL_DEFAULT, NULL, 0);
    bound = mw_topology_bind_memory(t, (int[]){0, 3}, 2);
    policy = memory_policy();
    if (policy < 0 || !bound)
        tap_skip("new memory from two nodes in turn", "there is no second one, or no policy");
    else
        tap_ok(policy == MPOL_INTERLEAVE, "new memory from two nodes in turn: policy %d", policy);
    syscall(SYS_set_mempolicy, MPOL_DEFAULT, NULL, 0);
    mw_topology_close(t);
    unsetenv("HWLOC_THISSYSTEM");
#endif
    unsetenv("HWLOC_SYNTHETIC");
}

static bool cache_is(const mw_topology *t, int level, int64_t bytes, int64_t ways, int64_t line)
{
    mw_cache_info c;
    return mw_topology_cache(t, level, &c) && c.bytes == bytes && c.ways == ways && c.line_bytes == line;
}

static void check_option(void)
{
    mw_topology *t = opened();
    mw_error err;
    mw_cache_info before[MW_CACHE_LEVELS + 2], now;
    bool there[MW_CACHE_LEVELS + 2];
    for (int level = 0; level <= MW_CACHE_LEVELS + 1; level++)
        there[level] = mw_topology_cache(t, level, &before[level]);
    static const char *const bad[] = {
        "",
        "L1",
        "L1:",
        "L0:64K:8:64",
        "L5:64K:8:64",
        "L12:64K:8:64",
        "l1:64K:8:64",
        "LLCX:64K:8:64",
        ":64K:8:64",
        "L1:0:8:64",
        "L1:0K:8:64",
        "L1:-64K:8:64",
        "L1:64KB:8:64",
        "L1:64T:8:64",
        "L1:K:8:64",
        "L1: 64K:8:64",
        "L1:2000G:8:64",
        "L1:99999999999999999999:8:64",
        "L1:17179869185G:8:64",
        "L1:64K:0:64",
        "L1:4194368:65537:64",
        "L1:64K::64",
        "L1:64K:8x:64",
        "L1:64K:8:",
        "L1:64K:8:8",
        "L1:48K:8:48",
        "L1:1M:8:2048",
        "L1:64K:8:64:1",
        "L1:64K:7:64",
        "L1:100:1:64",
        "L1:64K:8:64,",
        "L1:64K:8:64,L1:64K:8:64",
        "L3:64K:8:64,LLC:64K:8:64",
        "L1:64K:8:64;L2:1M:8:64",
    };
    int refused = 0, n = sizeof bad / sizeof *bad;
    for (int i = 0; i < n; i++) {
        /* a level 4 in the topology would make LLC another level than L3 */
        if (strstr(bad[i], "LLC:") && there[4]) {
            refused++;
            continue;
        }
        err.text[0] = '\0';
        bool right = mw_cache_option_parse(bad[i], t, &err) == -EINVAL && strncmp(err.text, "--cache: ", 9) == 0;
        tap_note("'%s': %s", bad[i], err.text);
        refused += right;
    }
    tap_ok(refused == n, "mistakes are refused: %d of %d", refused, n);
    bool same = true;
    for (int level = 0; level <= MW_CACHE_LEVELS + 1; level++)
        same &= mw_topology_cache(t, level, &now) == there[level] && now.bytes == before[level].bytes &&
                now.ways == before[level].ways && now.line_bytes == before[level].line_bytes;
    tap_ok(same, "and change nothing");

    tap_ok(mw_cache_option_parse("L1:64K:8:64,L2:3M:12:128,LLC:32M:16:64", t, &err) == 0 &&
               cache_is(t, 1, 64 << 10, 8, 64) && cache_is(t, 2, 3 << 20, 12, 128) &&
               cache_is(t, there[4] ? 4 : 3, 32 << 20, 16, 64),
           "levels, sizes, ways and lines");
    tap_ok(mw_cache_option_parse("L1:32K", t, &err) == 0 && cache_is(t, 1, 32 << 10, 8, 64) &&
               mw_cache_option_parse("L1:32768:4", t, &err) == 0 && cache_is(t, 1, 32 << 10, 4, 64) &&
               cache_is(t, 2, 3 << 20, 12, 128),
           "what is left out stays");
    tap_ok(mw_cache_option_parse("L1:1000", t, &err) == -EINVAL && cache_is(t, 1, 32 << 10, 4, 64),
           "what stays has to fit: %s", err.text);
    tap_ok(mw_cache_option_parse("L4:1G:1:1024,LLC:2G:16:64", t, &err) == -EINVAL &&
               mw_cache_option_parse("L4:1G:1:1024", t, &err) == 0 &&
               mw_cache_option_parse("LLC:2G:65536:16", t, &err) == 0 && cache_is(t, 4, INT64_C(2) << 30, 65536, 16),
           "the last level is L4 if there is one");
    mw_topology_override_cache(t, 3, &(mw_cache_info){.bytes = 5, .line_bytes = 6, .ways = 7});
    tap_ok(cache_is(t, 3, 5, 7, 6) && cache_is(t, 1, 32 << 10, 4, 64) && !mw_topology_cache(t, 99, &now) &&
               mw_topology_cache(t, 0, &now) == there[0],
           "an override holds for its level alone");
    mw_topology_close(t);
}

typedef struct facts {
    int n, twice;
    char keys[64][32], values[64][128];
} facts;

static void remember(void *to, const char *key, const char *value)
{
    facts *f = to;
    for (int i = 0; i < f->n; i++)
        f->twice += strcmp(f->keys[i], key) == 0;
    snprintf(f->keys[f->n], sizeof f->keys[0], "%s", key);
    snprintf(f->values[f->n++], sizeof f->values[0], "%s", value);
    tap_note("%s: %s", key, value);
}

#ifdef __linux__
static const char *fact(const facts *f, const char *key)
{
    for (int i = 0; i < f->n; i++)
        if (strcmp(f->keys[i], key) == 0)
            return f->values[i];
    return "";
}

/* Whether the fact is the first line of that file, or unavailable without one. */
static bool is_of_file(const facts *f, const char *key, const char *path)
{
    char line[128] = "unavailable";
    FILE *file = fopen(path, "r");
    if (file) {
        if (!fgets(line, sizeof line, file))
            strcpy(line, "unavailable");
        line[strcspn(line, "\n")] = '\0';
        fclose(file);
    }
    return strcmp(fact(f, key), line) == 0;
}
#endif

static void check_facts(void)
{
    static facts f;
    mw_os_facts(remember, &f);
    tap_ok(f.n > 3 && f.twice == 0, "%d facts, none twice", f.n);
#ifdef __linux__
    tap_ok(is_of_file(&f, "thp", "/sys/kernel/mm/transparent_hugepage/enabled") &&
               is_of_file(&f, "thp_defrag", "/sys/kernel/mm/transparent_hugepage/defrag") &&
               is_of_file(&f, "khugepaged_defrag", "/sys/kernel/mm/transparent_hugepage/khugepaged/defrag") &&
               is_of_file(&f, "numa_balancing", "/proc/sys/kernel/numa_balancing") &&
               is_of_file(&f, "perf_event_paranoid", "/proc/sys/kernel/perf_event_paranoid"),
           "the memory's and the kernel's settings");
    const char *const cpus = "/sys/devices/system/cpu/";
    const char *const of_cpus[][2] = {{"governor", "cpu0/cpufreq/scaling_governor"},
                                      {"scaling_driver", "cpu0/cpufreq/scaling_driver"},
                                      {"boost", "cpufreq/boost"},
                                      {"intel_no_turbo", "intel_pstate/no_turbo"},
                                      {"smt_active", "smt/active"}};
    bool right = true;
    for (size_t i = 0; i < sizeof of_cpus / sizeof *of_cpus; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s%s", cpus, of_cpus[i][1]);
        right &= is_of_file(&f, of_cpus[i][0], path);
    }
    tap_ok(right, "the CPUs' settings");
    mw_disturbance d = mw_disturbance_now();
    const int64_t totals[] = {d.steal_us, d.cpu_pressure_us, d.memory_pressure_us};
    static const char *const keys[] = {"steal_us", "cpu_pressure_us", "memory_pressure_us"};
    right = true;
    for (int i = 0; i < 3; i++) {
        bool told = strcmp(fact(&f, keys[i]), "unavailable") != 0;
        right &= told == (totals[i] != MW_UNKNOWN) && (!told || atoll(fact(&f, keys[i])) <= totals[i]);
    }
    tap_ok(right, "what the rest of the machine took");
    const char *limit = fact(&f, "cgroup_memory_max");
    tap_ok(strcmp(limit, "unavailable") == 0 || strcmp(limit, "max") == 0 || atoll(limit) > 0, "memory limit: %s",
           limit);
#endif
}

int main(void)
{
    check_nodes();
    check_option();
    check_facts();
    return tap_done();
}
