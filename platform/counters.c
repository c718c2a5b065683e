/* The part of counters that is the same on every POSIX system: their names, and what getrusage reports. */
#include "platform/counters.h"

#include "platform/os.h"

#include <math.h>
#include <sched.h>
#include <sys/resource.h>

const char *mw_counter_name(mw_counter counter)
{
    static const char *const names[MW_COUNTER_COUNT] = {
        "cycles",      "instructions", "stalled_cycles", "cache_refills", "l1d_refills",
        "tlb_refills", "page_faults",  "switches",       "migrations",
    };
    return names[counter];
}

void mw_counts_of_process(mw_counts *counts)
{
    for (int i = 0; i < MW_COUNTER_COUNT; i++)
        counts->of[i] = NAN;
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage))
        return;
    counts->of[MW_PAGE_FAULTS] = (double)usage.ru_minflt + (double)usage.ru_majflt;
    counts->of[MW_SWITCHES] = (double)usage.ru_nvcsw + (double)usage.ru_nivcsw;
}

static int current_cpu(void)
{
#ifdef __linux__
    return sched_getcpu();
#else
    return MW_UNKNOWN;
#endif
}

mw_happenings mw_happenings_now(void)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage))
        return (mw_happenings){MW_UNKNOWN, MW_UNKNOWN, MW_UNKNOWN, current_cpu()};
    return (mw_happenings){usage.ru_minflt, usage.ru_majflt, usage.ru_nivcsw, current_cpu()};
}
