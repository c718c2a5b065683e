/* What control groups allow this process: of Linux alone; os_linux.c hands it on (mw_cpu_quota, mw_memory_available).
 */
#ifndef MW_PLATFORM_CGROUP_H
#define MW_PLATFORM_CGROUP_H

#include <stdint.h>

/* The tightest limits among the group of this process and all groups above it that can be seen, in version 1, version 2
 * or both at once. A limit is known if at least one group tells, be it that there is none. */
typedef struct mw_cgroup {
    double cpus;    /* CPU time per time; 0 without a limit */
    int64_t memory; /* bytes; MW_UNKNOWN without a limit */
    int64_t
        memory_left;  /* bytes until the first group is full, its page cache not counted; MW_UNKNOWN without a limit */
    char cpu_max[48]; /* as cpu.max words it: quota and period in us; "max" without a limit, "" if unknown */
    char memory_max[32]; /* as memory.max words it: bytes, "max" or "" */
} mw_cgroup;

/* Looks at what lies below `root`: "" for this machine, a folder with a proc and a sys of its own for tests. */
mw_cgroup mw_cgroup_read(const char *root);

#endif
