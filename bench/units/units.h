/* What a suite that decodes holds while it runs: units, and the pools, roofs and copies of the weights that they share.
 */
#ifndef MW_BENCH_UNITS_H
#define MW_BENCH_UNITS_H

#include "bench/run/plan.h"
#include "bench/units/unit.h"

/* Weights that several units share, and the roof over them for each pool. */
typedef struct mw_copy {
    const mw_variant *variant; /* the first that uses it: layout, load, placement and dtype are all's */
    const mw_model *model;
    mw_weights *weights;
    mw_roof *roofs[MW_MAX_THREAD_COUNTS];
    int users; /* units that still need it */
} mw_copy;

typedef struct mw_units {
    mw_session *session;
    mw_plan plan;
    bool lone;      /* only the first variant on the first thread count is wanted; set before mw_units_open */
    mw_unit *units; /* one for each entry of the plan */
    int n_units;
    mw_pool *pools[MW_MAX_THREAD_COUNTS];
    mw_counters *counters[MW_MAX_THREAD_COUNTS];
    mw_energy *energy;
    bool machine_roofs;                    /* whether they are wanted; set before mw_units_open */
    mw_unit machine[MW_MAX_THREAD_COUNTS]; /* machine roofs, one a pool: units that only sweep */
    int n_pools;
    void *huge; /* the block that machine roofs read */
    size_t huge_bytes;
    mw_copy copies[MW_DTYPE_COUNT * MW_LAYOUT_COUNT * MW_LOAD_COUNT * MW_PLACEMENT_COUNT];
    int n_copies;
    int n_roofs; /* raised so far */
} mw_units;

/* Fills a suite that is zeroed but for what is wanted with the units of a plan (plan.h), of which there may be none,
 * and makes sure that they fit into memory: -ENOMEM, with the figures. mw_units_end is to be called in any case. */
int mw_units_open(mw_units *suite, mw_session *session, const mw_variant *variants, int n, mw_error *err);

/* Loads what the units decode from, and starts them. */
int mw_units_start(mw_units *suite, mw_error *err);

/* What to return of `rc`, which is about a unit: a load that this system lacks is a row that says so, not an error,
 * unless it is the lone unit. */
int mw_units_keep_unavailable(mw_units *suite, mw_unit *unit, int rc, const mw_error *err);

/* Gives every unit its roof, and makes the machine roofs if they are wanted, over huge pages of the size of the largest
 * copy, as far as the system has such pages. Each is read as session->reads suggests, which the first process fills in.
 */
int mw_units_raise_roofs(mw_units *suite, mw_error *err);

/* Frees what a unit holds that has decoded all its tokens, and the weights if it was the last one that needs them. */
void mw_units_release(mw_units *suite, mw_unit *unit);

/* Frees all that is left at the end of a suite; returns `rc`, or -EDOM if it is 0 and a variant was refused. */
int mw_units_end(mw_units *suite, int rc, mw_error *err);

#endif
