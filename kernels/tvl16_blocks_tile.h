/* Tiles of panels of a block format, and with them the walk over all (tvl16_walk.h). The file of each instruction set
 * has defined before
 *
 *   STREAMS, TOKENS   see tvl16_walk.h
 *   sums              the type that holds the 16 sums of a panel
 *   sums_zero(), sums_store(float[16], sums)
 *   add_group(sums, group, const mw_x8 *)   adds one block of each of the 16 rows
 *
 * Every add_group computes scale of W * scale of x, rounded, and adds its product with the exact integer sum in one
 * fused step, block after block, so all instruction sets return the same bits. */
#ifndef MW_KERNELS_TVL16_BLOCKS_TILE_H
#define MW_KERNELS_TVL16_BLOCKS_TILE_H

typedef mw_x8 activation;
enum { PER_ACTIVATION = GROUP };

static inline __attribute__((always_inline)) void tile(float (*to)[R], const char *w, size_t stride, const mw_x8 *x,
                                                       size_t ldx, size_t cols, size_t panels, size_t tokens)
{
    const size_t groups = cols / GROUP;
    sums acc[STREAMS > TOKENS ? STREAMS : TOKENS];
    for (size_t k = 0; k < panels * tokens; k++)
        acc[k] = sums_zero();
    size_t g = 0;
    for (; g + 1 < groups; g += 2, w += PAIR_BYTES)
        for (size_t half = 0; half < 2; half++)
            for (size_t k = 0; k < panels * tokens; k++)
                acc[k] = add_group(acc[k], group_of(w + k % panels * stride, half, 2), x + k / panels * ldx + g + half);
    for (size_t k = 0; g < groups && k < panels * tokens; k++)
        acc[k] = add_group(acc[k], group_of(w + k % panels * stride, 0, 1), x + k / panels * ldx + g);
    for (size_t k = 0; k < panels * tokens; k++)
        sums_store(to[k], acc[k]);
}

#include "kernels/tvl16_walk.h"

#endif
