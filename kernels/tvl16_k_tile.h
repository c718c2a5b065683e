/* Tiles of panels of a K format, and with them the walk over all (tvl16_walk.h). The files of an instruction set and a
 * dtype include tvl16_k.h and define before
 *
 *   ISA, ISA_NAME, ISA_SUFFIX, SMALL_OPS, STREAMS, TOKENS   see tvl16_walk.h
 *   small             the small scales of a block in 16 rows, ready for use; small_of(const block *) makes them
 *   sums, sums_zero(), sums_store(float[16], sums)   16 float sums, one for each row
 *   ready_x           32 values of x, ready for use by all panels; ready(const mw_x8 *) makes them
 *   add_group(sums *products, const small *, const char *codes, size_t g, const ready_x *x, size_t tokens)
 *                     for each token adds scale of x * the exact sum of products of group g
 *   add_minima(sums, const small *, size_t g, float x)   with two HALVES: adds the minima of group g, times x
 *   add_halves(sums, const char *halves, sums, float sign)   adds f16 scales * sums * sign, which is 1 or -1
 *
 * The order of operations is that of kernel.h: a fused step for each group, then one for each block. So all
 * instruction sets return the same bits. */
#ifndef MW_KERNELS_TVL16_K_TILE_H
#define MW_KERNELS_TVL16_K_TILE_H

#include "kernels/prefetch.h"

typedef mw_x8 activation;
enum { PER_ACTIVATION = GROUP, MOST = STREAMS > TOKENS ? STREAMS : TOKENS };

static inline __attribute__((always_inline)) void prefetch(const char *lines, size_t n)
{
    for (size_t i = 0; i < n; i++)
        __builtin_prefetch(lines + AHEAD + i * LINE);
}

/* Adds block b of each row. In a GEMV the panels take turns group by group, so that all streams advance in step. */
static inline __attribute__((always_inline)) void add_blocks(sums *acc, const char *w, size_t stride, size_t b,
                                                             size_t blocks, const mw_x8 *x, size_t ldx, size_t panels,
                                                             size_t tokens)
{
    sums products[MOST];
    small scales[STREAMS];
    for (size_t k = 0; k < panels * tokens; k++)
        products[k] = sums_zero();
    for (size_t p = 0; p < panels; p++) {
        const block at = block_of(w + p * stride, b, blocks);
        if (tokens == 1)
            prefetch(at.scales, SCALE_BYTES / 4);
        scales[p] = small_of(&at);
    }
    for (size_t g = 0; g < GROUPS; g++) {
        ready_x xs[TOKENS];
        for (size_t t = 0; t < tokens; t++)
            xs[t] = ready(x + t * ldx + g);
        for (size_t p = 0; p < panels; p++) {
            const char *codes = block_of(w + p * stride, b, blocks).codes + g * GROUP_BYTES;
            if (tokens == 1)
                prefetch(codes, GROUP_BYTES / LINE);
            add_group(products + p, &scales[p], codes, g, xs, tokens);
        }
    }
    for (size_t k = 0; k < panels * tokens; k++) {
        const char *halves = block_of(w + k % panels * stride, b, blocks).halves;
        acc[k] = add_halves(acc[k], halves, products[k], 1);
#if HALVES == 2
        sums minima = sums_zero();
        for (size_t g = 0; g < GROUPS; g++) {
            const mw_x8 *of = x + k / panels * ldx + g;
            minima = add_minima(minima, &scales[k % panels], g, (float)of->sum * of->scale);
        }
        acc[k] = add_halves(acc[k], halves + HALF_BYTES, minima, -1);
#endif
    }
}

static inline __attribute__((always_inline)) void tile(float (*to)[R], const char *w, size_t stride, const mw_x8 *x,
                                                       size_t ldx, size_t cols, size_t panels, size_t tokens)
{
    const size_t blocks = cols / SUPER;
    sums acc[MOST];
    for (size_t k = 0; k < panels * tokens; k++)
        acc[k] = sums_zero();
    for (size_t b = 0; b < blocks; b++)
        add_blocks(acc, w, stride, b, blocks, x + b * GROUPS, ldx, panels, tokens);
    for (size_t k = 0; k < panels * tokens; k++)
        sums_store(to[k], acc[k]);
}

#include "kernels/tvl16_walk.h"

#endif
