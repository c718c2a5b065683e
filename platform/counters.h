/* What the machine counted while something ran: hardware and software events of perf_event on Linux (counters_linux.c),
 * none elsewhere (counters_none.c), and the few facts that every POSIX system reports (counters.c). */
#ifndef MW_PLATFORM_COUNTERS_H
#define MW_PLATFORM_COUNTERS_H

#include "platform/pool.h"

#include <stdint.h>

typedef enum mw_counter {
    MW_CYCLES,
    MW_INSTRUCTIONS,
    MW_STALLED_CYCLES, /* back end */
    MW_CACHE_REFILLS,  /* of the last level */
    MW_L1D_REFILLS,    /* by loads */
    MW_TLB_REFILLS,    /* of the data TLB by loads */
    MW_PAGE_FAULTS,
    MW_SWITCHES, /* of contexts */
    MW_MIGRATIONS,
    MW_COUNTER_COUNT
} mw_counter;

/* "cycles", "instructions", ...: as metrics are called. */
const char *mw_counter_name(mw_counter counter);

/* Counts since mw_counters_open, over all threads of the pool; hardware events in user space only. NAN: unavailable, or
 * never scheduled on the hardware. Events that shared the hardware with others are scaled by time enabled / time
 * running. */
typedef struct mw_counts {
    double of[MW_COUNTER_COUNT];
} mw_counts;

typedef struct mw_counters mw_counters;

/* Opens the counters of every thread of `pool` (in groups that the hardware counts together). A machine or a policy
 * that gives none is no error: then page faults and switches are those of the whole process, as getrusage reports them,
 * and the rest is unavailable. -ENOMEM only. *out is owned by the caller; close it before the pool. Takes up to nine
 * file descriptors per thread. */
int mw_counters_open(mw_pool *pool, mw_counters **out, mw_error *err);
void mw_counters_read(const mw_counters *counters, mw_counts *counts);
void mw_counters_close(mw_counters *counters);

/* Which counters are unavailable and why, in one line ("cycles, instructions: this machine does not count them",
 * "migrations: the system forbids it (kernel.perf_event_paranoid is 2)"); NULL if all of them are there. Valid until
 * the counters are closed. */
const char *mw_counters_missing(const mw_counters *counters);

/* Page faults and context switches of the whole process since its start, by getrusage; the rest is NAN. */
void mw_counts_of_process(mw_counts *counts);

/* Events of the calling process so far, cheap enough to read at every token: one system call. MW_UNKNOWN where not
 * available. `cpu` is where the calling thread runs. `switches` are the involuntary ones: another task took the CPU.
 */
typedef struct mw_happenings {
    int64_t minor_faults, major_faults, switches;
    int cpu;
} mw_happenings;
mw_happenings mw_happenings_now(void);

/* What the rest of the machine took, as totals since some origin: time stolen by the hypervisor over all CPUs, time in
 * which some task waited for a CPU or for memory (pressure stall information). MW_UNKNOWN where not available. */
typedef struct mw_disturbance {
    int64_t steal_us, cpu_pressure_us, memory_pressure_us;
} mw_disturbance;
mw_disturbance mw_disturbance_now(void);

#endif
