/* What row-major GEMMs share: a few rows stay in the cache until all tokens have used them, so weights come from memory
 * once. Work is done in tiles of rows and tokens. Included by a file that has defined
 *
 *   OUTPUTS   at most in a tile: each is summed in a register of its own
 *   ROWS, TOKENS   at most in a tile
 *   BLOCK   rows that are in the cache for all tokens; a multiple of the rows of every tile
 *
 * and that defines tile() afterwards. */
#ifndef MW_KERNELS_GEMM_F32_TILES_H
#define MW_KERNELS_GEMM_F32_TILES_H

#include <stddef.h>

typedef struct operands {
    float *y;
    const float *w, *x;
    size_t ldy, ldx, cols, ld;
} operands;

/* One tile, from row i and token t on. Its sizes are constants where it is inlined: sums must live in registers. */
static inline __attribute__((always_inline)) void tile(const operands *o, size_t i, size_t t, size_t rows,
                                                       size_t tokens);

/* Rows [first, last): the fewer the tokens, the more rows at once. */
static inline __attribute__((always_inline)) void block(const operands *o, size_t first, size_t last, size_t t,
                                                        size_t tokens)
{
    const size_t rows = OUTPUTS / tokens < ROWS ? OUTPUTS / tokens : ROWS;
    for (; first + rows <= last; first += rows)
        tile(o, first, t, rows, tokens);
    for (; first < last; first++)
        tile(o, first, t, 1, tokens);
}

static void gemm(float *y, size_t ldy, const void *weights, const void *activations, size_t ldx, size_t tokens,
                 size_t rows, size_t cols, size_t ld)
{
    const float *w = weights, *x = activations;
    const operands o = {y, w, x, ldy, ldx, cols, ld};
    const size_t tiles = (tokens + TOKENS - 1) / TOKENS; /* of about the same size: 3 + 2 tokens, not 4 + 1 */
    for (size_t first = 0; first < rows; first += BLOCK) {
        const size_t last = rows - first < BLOCK ? rows : first + BLOCK;
        for (size_t k = 0; k < tiles; k++) {
            const size_t t = tokens * k / tiles, n = tokens * (k + 1) / tiles - t;
            if (n == 1)
                block(&o, first, last, t, 1);
            else if (n == 2)
                block(&o, first, last, t, 2);
            else if (TOKENS > 3 && n == 3)
                block(&o, first, last, t, 3);
            else if (TOKENS > 4 && n == 4)
                block(&o, first, last, t, 4);
            else if (TOKENS > 5 && n == 5)
                block(&o, first, last, t, 5);
            else
                block(&o, first, last, t, TOKENS);
        }
    }
}

#endif
