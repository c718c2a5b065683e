/* One of the speeds of a machine file while it is measured: a place that is read in some way. */
#ifndef MW_BENCH_MACHINE_POINT_H
#define MW_BENCH_MACHINE_POINT_H

#include "bench/predict/machine_file_write.h"
#include "platform/pool.h"

typedef struct mw_point {
    mw_speed *speed;
    const char *at;      /* on a cache line */
    size_t bytes;        /* of the array */
    size_t part, passes; /* what one timed run reads of it, in lines, and how often */
    size_t *next;        /* where the next part starts; NULL: the array is in a cache */
    mw_pool *pool;
    bool one_stream; /* its read is given */
    unsigned read;   /* of the family (kernels/probe.h) */
    uint64_t sum;    /* of everything that was read, so that somebody wants it */
} mw_point;

/* One timed run with that read, which becomes the point's. Returns GB/s. */
double mw_point_run(mw_point *point, unsigned read);

/* Gives the point the fastest read of the family: each in turn, in random order, again and again until the clock says
 * `until_ns`, but at least once; the highest median wins. Stops early after Ctrl-C. */
void mw_point_choose(mw_point *point, uint64_t until_ns, uint64_t *seed);

#endif
