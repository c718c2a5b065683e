/* Tiles of panels of a block format, and with them the walk over all (tvl16_walk.h). The files of an instruction set
 * and a dtype include tvl16_blocks.h and define, or at least declare, before
 *
 *   ISA, ISA_NAME, ISA_SUFFIX, SMALL_OPS, STREAMS, TOKENS   see tvl16_walk.h
 *   products          the type of the integer sums of a block in 16 rows, before they are added up to one per row
 *   products_zero()
 *   add_lines(products, const char *lines, const int8_t *codes of x, size_t l)
 *                     adds the products of lines l and l + 1 of a block, which are at `lines`
 *   sums, sums_zero(), sums_store(float[16], sums)   the 16 float sums of a panel
 *   add_block(sums, products, const char *scales, const mw_x8 *)   scales one block of each row and adds it
 *
 * Every add_block computes scale of W * scale of x, rounded, and adds its product with the exact integer sum in one
 * fused step, block after block, so all instruction sets return the same bits. */
#ifndef MW_KERNELS_TVL16_BLOCKS_TILE_H
#define MW_KERNELS_TVL16_BLOCKS_TILE_H

#include "kernels/prefetch.h"
#include "kernels/tvl16_fence.h"

typedef mw_x8 activation;
enum { PER_ACTIVATION = GROUP, MOST = STREAMS > TOKENS ? STREAMS : TOKENS };

_Static_assert(CODE_LINES % 2 == 0, "add_lines takes two lines");

/* Adds block `half` (0 or 1) of each row in the pair at w, which holds `blocks` (1 or 2) groups. A GEMV alternates
 * between panels every two lines, so that all streams advance in step, and loads x once for all panels. A single
 * stream is left to the hardware's prefetchers: on Zen 4 software prefetches slow it down. In a GEMM the compiler
 * unpacks W once for all tokens. */
static inline __attribute__((always_inline)) void add_blocks(sums *acc, const char *w, size_t stride, size_t half,
                                                             size_t blocks, const mw_x8 *x, size_t ldx, size_t panels,
                                                             size_t tokens)
{
    products sum[MOST];
    for (size_t k = 0; k < panels * tokens; k++)
        sum[k] = products_zero();
    for (size_t l = 0; l < CODE_LINES; l += 2) {
        fence(tokens);
        for (size_t k = 0; k < panels * tokens; k++) {
            const char *lines = group_of(w + k % panels * stride, half, blocks).codes + l * LINE;
            for (size_t i = 0; STREAMS > 1 && tokens == 1 && i < 2; i++)
                __builtin_prefetch(lines + AHEAD + i * LINE);
            sum[k] = add_lines(sum[k], lines, x[k / panels * ldx].codes, l);
        }
    }
    for (size_t k = 0; k < panels * tokens; k++) {
        const char *scales = group_of(w + k % panels * stride, half, blocks).scales;
        acc[k] = add_block(acc[k], sum[k], scales, x + k / panels * ldx);
    }
}

static inline __attribute__((always_inline)) void tile(float (*to)[R], const char *w, size_t stride, const mw_x8 *x,
                                                       size_t ldx, size_t cols, size_t panels, size_t tokens)
{
    const size_t blocks = cols / GROUP;
    sums acc[MOST];
    for (size_t k = 0; k < panels * tokens; k++)
        acc[k] = sums_zero();
    size_t b = 0;
    for (; b + 2 <= blocks; b += 2, w += PAIR_BYTES) {
        add_blocks(acc, w, stride, 0, 2, x + b, ldx, panels, tokens);
        add_blocks(acc, w, stride, 1, 2, x + b + 1, ldx, panels, tokens);
    }
    if (b < blocks)
        add_blocks(acc, w, stride, 0, 1, x + b, ldx, panels, tokens);
    for (size_t k = 0; k < panels * tokens; k++)
        sums_store(to[k], acc[k]);
}

#include "kernels/tvl16_walk.h"

#endif
