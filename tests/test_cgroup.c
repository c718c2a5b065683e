/* Limits of control groups, read from made-up folders that look like a machine's /proc and /sys. */
#include "platform/cgroup.h"
#include "platform/os.h"
#include "tests/in_folder.h"
#include "tests/made_tree.h"
#include "tests/tap.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST = 20 };

/* One machine: what /proc/self says, files of groups and their lines, and the limits that follow. */
typedef struct machine {
    const char *name, *cgroup, *mounts;
    const char *files[MOST][2];
    double cpus;
    int64_t memory, left;
    const char *cpu_max, *memory_max;
} machine;

#define TOP "/sys/fs/cgroup"
#define UNIFIED(from, at) "30 22 0:27 " from " " at " rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n"
#define OTHERS "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n23 22 0:5 / /proc rw shared:12 - proc proc rw\n"
#define OLD(from, at, controllers) \
    "31 22 0:28 " from " " at " rw,relatime shared:7 - cgroup cgroup rw," controllers "\n"
#define NO_LIMIT "9223372036854771712"

static const machine machines[] = {
    {"no groups at all", NULL, NULL, {{0}}, 0, MW_UNKNOWN, MW_UNKNOWN, "", ""},
    {"groups that are not mounted", "0::/a\n", OTHERS, {{0}}, 0, MW_UNKNOWN, MW_UNKNOWN, "", ""},
    {"version 2 without limits",
     "0::/a\n",
     OTHERS UNIFIED("/", TOP),
     {{TOP "/a/cpu.max", "max 100000"}, {TOP "/a/memory.max", "max"}, {TOP "/a/memory.high", "max"}},
     0,
     MW_UNKNOWN,
     MW_UNKNOWN,
     "max",
     "max"},
    {"version 2, limits of the group itself",
     "0::/a/b\n",
     OTHERS UNIFIED("/", TOP),
     {{TOP "/a/b/cpu.max", "50000 100000"},
      {TOP "/a/b/memory.max", "1000000"},
      {TOP "/a/b/memory.current", "400000"},
      {TOP "/a/b/memory.stat", "anon 100000\ninactive_file 200000\nactive_file 50000"}},
     0.5,
     1000000,
     850000,
     "50000 100000",
     "1000000"},
    {"version 2, tighter limits two groups above",
     "0::/a/b/c\n",
     OTHERS UNIFIED("/", TOP),
     {{TOP "/a/b/c/cpu.max", "400000 100000"},
      {TOP "/a/b/cpu.max", "max 100000"},
      {TOP "/a/cpu.max", "150000 100000"},
      {TOP "/a/b/c/memory.max", "5000000"},
      {TOP "/a/b/c/memory.current", "1000000"},
      {TOP "/a/b/memory.max", "max"},
      {TOP "/a/memory.max", "3000000"},
      {TOP "/a/memory.current", "2500000"}},
     1.5,
     3000000,
     500000,
     "150000 100000",
     "3000000"},
    {"version 2, a larger limit above that is nearly used up",
     "0::/a/b\n",
     OTHERS UNIFIED("/", TOP),
     {{TOP "/a/b/memory.max", "3000000"},
      {TOP "/a/b/memory.current", "1000000"},
      {TOP "/a/memory.max", "5000000"},
      {TOP "/a/memory.current", "6000000"}},
     0,
     3000000,
     0,
     "",
     "3000000"},
    {"version 2, slowed down before the limit",
     "0::/\n",
     OTHERS UNIFIED("/", TOP),
     {{TOP "/memory.max", "3000000"}, {TOP "/memory.high", "2000000"}, {TOP "/memory.current", "500000"}},
     0,
     2000000,
     1500000,
     "",
     "2000000"},
    {"version 1, a group of each controller, no limits",
     "3:cpu,cpuacct:/a\n2:memory:/b\n1:name=systemd:/a\n",
     OTHERS OLD("/", TOP "/cpu,cpuacct", "cpu,cpuacct") OLD("/", TOP "/memory", "memory"),
     {{TOP "/cpu,cpuacct/a/cpu.cfs_quota_us", "-1"},
      {TOP "/cpu,cpuacct/a/cpu.cfs_period_us", "100000"},
      {TOP "/memory/b/memory.limit_in_bytes", NO_LIMIT},
      {TOP "/memory/b/memory.stat", "cache 1\nhierarchical_memory_limit " NO_LIMIT}},
     0,
     MW_UNKNOWN,
     MW_UNKNOWN,
     "max",
     "max"},
    {"version 1, limits above the group",
     "4:cpuset:/x\n3:cpuacct,cpu:/a/b\n2:memory:/a/b\n",
     OTHERS OLD("/", TOP "/cpuset", "cpuset") OLD("/", TOP "/cpuacct,cpu", "cpuacct,cpu")
         OLD("/", TOP "/memory", "memory"),
     {{TOP "/cpuacct,cpu/a/b/cpu.cfs_quota_us", "-1"},
      {TOP "/cpuacct,cpu/a/b/cpu.cfs_period_us", "100000"},
      {TOP "/cpuacct,cpu/a/cpu.cfs_quota_us", "25000"},
      {TOP "/cpuacct,cpu/a/cpu.cfs_period_us", "50000"},
      {TOP "/cpuset/x/cpu.cfs_quota_us", "1000"},
      {TOP "/cpuset/x/cpu.cfs_period_us", "100000"},
      {TOP "/memory/a/b/memory.limit_in_bytes", NO_LIMIT},
      {TOP "/memory/a/b/memory.usage_in_bytes", "700000"},
      {TOP "/memory/a/memory.limit_in_bytes", "2000000"},
      {TOP "/memory/a/memory.usage_in_bytes", "900000"},
      {TOP "/memory/a/memory.stat", "inactive_file 1\ntotal_inactive_file 100000\ntotal_active_file 0"}},
     0.5,
     2000000,
     1200000,
     "25000 50000",
     "2000000"},
    {"version 1, a limit above what is mounted",
     "2:memory:/docker/abc\n",
     OTHERS OLD("/docker/abc", TOP "/memory", "memory"),
     {{TOP "/memory/memory.limit_in_bytes", NO_LIMIT},
      {TOP "/memory/memory.usage_in_bytes", "300000"},
      {TOP "/memory/memory.stat", "hierarchical_memory_limit 1000000"}},
     0,
     1000000,
     700000,
     "",
     "1000000"},
    {"version 1 next to version 2, a quota in the older one",
     "2:memory:/\n1:cpu:/half\n0::/\n",
     OTHERS OLD("/", TOP "/cpu", "cpu") OLD("/", TOP "/memory", "memory") UNIFIED("/", TOP "/unified"),
     {{TOP "/cpu/half/cpu.cfs_quota_us", "50000"},
      {TOP "/cpu/half/cpu.cfs_period_us", "100000"},
      {TOP "/cpu/cpu.cfs_quota_us", "-1"},
      {TOP "/cpu/cpu.cfs_period_us", "100000"}},
     0.5,
     MW_UNKNOWN,
     MW_UNKNOWN,
     "50000 100000",
     ""},
    {"version 2 next to version 1, limits in the newer one",
     "1:name=systemd:/\n0::/user\n",
     OTHERS OLD("/", TOP "/systemd", "xattr,name=systemd") UNIFIED("/", TOP "/unified"),
     {{TOP "/unified/user/cpu.max", "200000 100000"}, {TOP "/unified/user/memory.max", "4000000"}},
     2,
     4000000,
     4000000,
     "200000 100000",
     "4000000"},
    {"a container that sees its group from inside",
     "0::/\n",
     OTHERS UNIFIED("/", TOP),
     {{TOP "/cpu.max", "100000 100000"}, {TOP "/memory.max", "9000"}},
     1,
     9000,
     9000,
     "100000 100000",
     "9000"},
    {"a container that is told its group from outside",
     "0::/pod/abc/sub\n",
     OTHERS UNIFIED("/pod/abc", TOP),
     {{TOP "/cpu.max", "300000 100000"}, {TOP "/sub/cpu.max", "max 100000"}},
     3,
     MW_UNKNOWN,
     MW_UNKNOWN,
     "300000 100000",
     ""},
    {"a mount of a group of another name",
     "0::/\n",
     OTHERS UNIFIED("/pod/abc", TOP),
     {{TOP "/cpu.max", "50000 100000"}},
     0.5,
     MW_UNKNOWN,
     MW_UNKNOWN,
     "50000 100000",
     ""},
    {"the mount that holds our group, not somebody else's before it",
     "0::/a\n",
     OTHERS UNIFIED("/pod", "/somewhere") UNIFIED("/", TOP) UNIFIED("/pod", "/else"),
     {{"/somewhere/cpu.max", "1000 100000"}, {"/else/cpu.max", "1000 100000"}, {TOP "/a/cpu.max", "70000 100000"}},
     0.7,
     MW_UNKNOWN,
     MW_UNKNOWN,
     "70000 100000",
     ""},
    {"a name that only begins like the mounted one",
     "0::/podium\n",
     OTHERS UNIFIED("/pod", "/somewhere") UNIFIED("/", TOP),
     {{"/somewhere/cpu.max", "1000 100000"}, {TOP "/podium/cpu.max", "80000 100000"}},
     0.8,
     MW_UNKNOWN,
     MW_UNKNOWN,
     "80000 100000",
     ""},
    {"a group outside of what is shown",
     "0::/../other\n",
     OTHERS UNIFIED("/", TOP),
     {{TOP "/cpu.max", "1000 100000"}},
     0,
     MW_UNKNOWN,
     MW_UNKNOWN,
     "",
     ""},
    {"blanks and backslashes in names",
     "0::/a b\n",
     OTHERS UNIFIED("/", "/c\\040d\\134e"),
     {{"/c d\\e/a b/cpu.max", "60000 100000"}},
     0.6,
     MW_UNKNOWN,
     MW_UNKNOWN,
     "60000 100000",
     ""},
    {"files that hold nonsense",
     "x\n:\n::\n0::\n0::a\n:cpu:/\n\n",
     "x\n - \n1 2 3 4 5 6 - cgroup2\n - cgroup2 x\n" UNIFIED("/", TOP),
     {{TOP "/cpu.max", "what"}, {TOP "/memory.max", "-5"}, {TOP "/memory.high", ""}},
     0,
     MW_UNKNOWN,
     MW_UNKNOWN,
     "max",
     "max"},
};

int main(void)
{
    if (!tap_ok(mkdtemp(folder) != NULL, "a folder to work in"))
        return tap_done();
    for (size_t i = 0; i < sizeof machines / sizeof *machines; i++) {
        const machine *m = &machines[i];
        const char *root = in_folder("machine");
        bool made = (!m->cgroup || tree_put(root, "/proc/self/cgroup", m->cgroup)) &&
                    (!m->mounts || tree_put(root, "/proc/self/mountinfo", m->mounts));
        for (int j = 0; j < MOST && m->files[j][0]; j++)
            made &= tree_put(root, m->files[j][0], m->files[j][1]);
        const mw_cgroup c = mw_cgroup_read(root);
        if (!tap_ok(made && c.cpus == m->cpus && c.memory == m->memory && c.memory_left == m->left &&
                        strcmp(c.cpu_max, m->cpu_max) == 0 && strcmp(c.memory_max, m->memory_max) == 0,
                    "%s", m->name))
            tap_note("made %d, %g CPUs (%s), %lld bytes (%s), %lld left", made, c.cpus, c.cpu_max, (long long)c.memory,
                     c.memory_max, (long long)c.memory_left);
        tree_remove(root);
    }
    const mw_cgroup here = mw_cgroup_read("");
    const int64_t available = mw_memory_available();
    tap_ok(here.cpus == mw_cpu_quota() &&
               (here.memory_left == MW_UNKNOWN || available <= here.memory_left + (64 << 20)),
           "this machine: quota '%s', memory '%s'", here.cpu_max, here.memory_max);
    const int worth = mw_threads_worthwhile(4096);
    tap_ok(worth >= 1 && worth <= 4096 && (here.cpus == 0 ? worth == 4096 : worth < here.cpus + 1) &&
               mw_threads_worthwhile(1) == 1,
           "%d threads are worthwhile on 4096 CPUs", worth);
    tap_ok(rmdir(folder) == 0, "nothing is left");
    return tap_done();
}
