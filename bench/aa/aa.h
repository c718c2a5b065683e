/* Suite `aa`: the same variant under two names. Whatever it reports as a difference is a false alarm of the method.
 *
 * And how often would we say "different" about two equal things? Data sets are drawn the way this kind of machine makes
 * them, and go through the same functions as measured ones. */
#ifndef MW_BENCH_AA_H
#define MW_BENCH_AA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct mw_aa_design {
    size_t processes, blocks; /* of each of the two; interleaved in random order as in a real run */
    double precision;         /* of the stop rule, as a share (0.02); 0: no stop rule */
    size_t most_processes;    /* for the stop rule, whose first stage `processes` then are */
} mw_aa_design;

typedef struct mw_aa_rate {
    size_t sets, different; /* data sets, and those whose interval leaves out 1 */
    double low, high;       /* exact (Clopper-Pearson) 95 % interval of the rate */
} mw_aa_rate;

/* Draws `sets` data sets and judges each. Same seed, same result. -EINVAL if there is nothing to draw or fewer than 2
 * processes, -ENOMEM, else 0. */
int mw_aa_synthetic(const mw_aa_design *design, size_t sets, uint64_t seed, mw_aa_rate *rate);

#endif
