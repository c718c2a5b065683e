/* A variant on chosen CPUs, and over the copy of its weights on a chosen NUMA node: what suite `why` measures besides
 * its units on machines with several nodes or classes of cores. */
#ifndef MW_BENCH_ON_CPUS_H
#define MW_BENCH_ON_CPUS_H

#include "bench/units/units.h"

/* Threads and weights, and what the rows about them say they are. */
typedef struct mw_on_cpus {
    char param[48];
    int cpus[MW_MAX_CPUS], n_cpus, threads; /* thread i is bound to cpus[i % n_cpus] */
    int node;                               /* whose copy all of them read; MW_UNKNOWN: each that of its own node */
} mw_on_cpus;

/* Takes turns[n], in random order: a token of the unit's variant over `weights` between two sweeps. Records the medians
 * as on_cpus_tokens_per_s and on_cpus_roof_gbs. `unit` is started and has its roof. */
int mw_on_cpus_measure(mw_units *units, const mw_unit *unit, mw_weights *weights, mw_on_cpus *turns, int n,
                       mw_error *err);

/* --- node_pairs.c --- */

/* Every pair of NUMA nodes, once for each kernel: threads on the CPUs of one, weights on the other. Nothing on one
 * node; a warning where the copies of the weights cannot be made. */
int mw_node_pairs_measure(mw_units *units, mw_error *err);

/* --- core_classes.c --- */

/* Each class of cores by itself (param `cores=K`), and all together (`cores=all`), on the thread counts of the command
 * line; a class also on all of its CPUs. And the knee of each. Nothing on a machine with one class. */
int mw_core_classes_measure(mw_units *units, mw_error *err);

#endif
