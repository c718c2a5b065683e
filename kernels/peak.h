/* Peaks: the compute roof. A peak file is written for one instruction set and exports one mw_peak, a loop of fused
 * multiply-adds on registers and nothing else; like kernels, peaks know nothing of files, threads or clocks. Of int8
 * there are peaks of their own: sums of products of bytes in 32 bits, which bound the kernels of block formats.
 *
 * One iteration adds `products` products to each of the `lanes` lanes of each of `chains` accumulators. A chain waits
 * for its own last result, so there are enough of them for every pipe to have one that is ready. Accumulator c starts,
 * in lane l, at c * lanes + l; every product is x * y. The result is the sum over all lanes of all accumulators, so
 * that nothing can be left out and a test can tell how often the loop went around. */
#ifndef MW_KERNELS_PEAK_H
#define MW_KERNELS_PEAK_H

#include "platform/cpu.h"

#include <stdbool.h>
#include <stdint.h>

/* Runs `iterations` and returns the sum. The caller chooses x and y so that nothing overflows or becomes denormal: with
 * x * y = 1 sums of floats stay exact up to 2^24 iterations and do not grow beyond that. A peak of int8 takes whole
 * numbers, x from 0 and y from -11 to 11, and as many iterations as 32 bits hold. */
typedef double mw_peak_fn(uint64_t iterations, float x, float y);

typedef struct mw_peak {
    const char *isa_name; /* as of kernels: "neon", "neon-simde", "avx2", "avx512" */
    uint32_t isa;         /* MW_ISA_ bits that must be there at run time */
    unsigned lanes, chains, products;
    bool int8;
    mw_peak_fn *run;
} mw_peak;

/* All peaks of this build from narrow to wide, a NULL at the end. */
extern const mw_peak *const mw_peaks[];

/* Whether this CPU can run it. */
bool mw_peak_supported(const mw_peak *peak);

/* The peak, of int8 or of floats, of the instruction set that kernels call `isa_name`; NULL if there is none ("c") or
 * this CPU lacks it. */
const mw_peak *mw_peak_of(const char *isa_name, bool int8);

/* Operations of a call: two for each product. */
uint64_t mw_peak_flops(const mw_peak *peak, uint64_t iterations);

#endif
