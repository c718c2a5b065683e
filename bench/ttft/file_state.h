/* The state of a model's file before a sample: cold or warm, and proved so. */
#ifndef MW_BENCH_TTFT_STATE_H
#define MW_BENCH_TTFT_STATE_H

#include "engine/model.h"

#include <stdbool.h>

/* Shares of the file's bytes in memory: cold has less than the first, warm more than the second. */
static const double MW_COLD_MOST = 0.01, MW_WARM_LEAST = 0.99;

/* What mincore said before a sample. */
typedef struct mw_file_state_proof {
    bool reached;
    double resident; /* share of the file, NAN if the system does not say */
    char why[160];   /* if it was not reached */
} mw_file_state_proof;

/* Brings the file into its state and looks whether that worked. Cold: written back, dropped from memory, and mapped by
 * nobody; a few tries. Warm: dropped, then read in again by the load's own way, because the size of the pages that hold
 * a file is decided when they are filled. Needs no rights but to read the file. An error is one of the file, not of its
 * state. */
int mw_state_reach(const mw_model *model, mw_load load, bool cold, mw_file_state_proof *proof, mw_error *err);

/* Nanoseconds in which the device delivers the whole file from first to last byte: dropped from memory first, then read
 * in large blocks past the page cache (`direct`) or through it. -ENOTSUP where that cannot be asked for. */
int mw_state_read_file(const mw_model *model, bool direct, uint64_t *ns, mw_error *err);

#endif
