/* Counters of systems without perf_event: what the process can see of itself. */
#include "platform/counters.h"

#include "platform/os.h"

#include <errno.h>
#include <stdlib.h>

struct mw_counters {
    mw_counts start;
};

int mw_counters_open(mw_pool *pool, mw_counters **out, mw_error *err)
{
    (void)pool;
    mw_counters *c = *out = malloc(sizeof *c);
    if (!c)
        return mw_fail(err, -ENOMEM, "out of memory for the counters");
    mw_counts_of_process(&c->start);
    return 0;
}

void mw_counters_read(const mw_counters *c, mw_counts *counts)
{
    mw_counts_of_process(counts);
    for (int i = 0; i < MW_COUNTER_COUNT; i++)
        counts->of[i] -= c->start.of[i];
}

void mw_counters_close(mw_counters *c)
{
    free(c);
}

const char *mw_counters_missing(const mw_counters *c)
{
    (void)c;
    return "hardware events and migrations: this system lets no program count them";
}

mw_disturbance mw_disturbance_now(void)
{
    return (mw_disturbance){MW_UNKNOWN, MW_UNKNOWN, MW_UNKNOWN};
}
