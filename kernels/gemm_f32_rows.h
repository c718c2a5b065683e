/* Row-major GEMM in vectors of any width (vector.h), for the files of one width each: every sum is taken as
 * gemv_f32_rows.h takes it, so its bits are the same, but many of them go side by side. A tile of rows and tokens has
 * an accumulator for each of its outputs, which keeps the pipes busy, and a vector of weights or of x serves a whole
 * row of the tile once it is loaded. A few rows stay in the cache until all tokens had them, so weights come from
 * memory once. */
#ifndef MW_KERNELS_GEMM_F32_ROWS_H
#define MW_KERNELS_GEMM_F32_ROWS_H

#include "kernels/kernel.h"
#include "kernels/vector.h"

#include <math.h>

/* A tile has at most ROWS * TOKENS outputs: 12 of AVX2's 16 registers, 24 of the 32 of AVX-512. The others hold x and a
 * vector of weights. */
enum { ROWS = 4, TOKENS = VECTOR_BITS == 512 ? 6 : 3 };

/* Rows that are in the cache for all tokens; a multiple of ROWS. */
enum { BLOCK = 48 };

typedef struct operands {
    float *y;
    const float *w, *x;
    size_t ldy, ldx, cols, ld;
} operands;

/* One tile, from row i and token t on. Its sizes are constants where it is inlined: `acc` must live in registers. */
static inline __attribute__((always_inline)) void tile(const operands *o, size_t i, size_t t, size_t rows,
                                                       size_t tokens)
{
    const size_t cols = o->cols, ld = o->ld, ldx = o->ldx;
    const float *w = o->w + i * ld, *x = o->x + t * ldx;
    vector acc[ROWS * TOKENS];
    for (size_t r = 0; r < rows; r++)
        for (size_t s = 0; s < tokens; s++)
            acc[r * tokens + s] = vector_zero();
    size_t j = 0;
    for (; j + V <= cols; j += V) {
        vector xs[TOKENS];
        for (size_t s = 0; s < tokens; s++)
            xs[s] = vector_load(x + s * ldx + j);
        for (size_t r = 0; r < rows; r++) {
            const vector weights = vector_load(w + r * ld + j);
            for (size_t s = 0; s < tokens; s++)
                acc[r * tokens + s] = vector_fma(weights, xs[s], acc[r * tokens + s]);
        }
    }
    for (size_t s = 0; s < tokens; s++)
        for (size_t r = 0; r < rows; r++) {
            float sum = vector_sum(acc[r * tokens + s]);
            for (size_t tail = j; tail < cols; tail++)
                sum = fmaf(w[r * ld + tail], x[s * ldx + tail], sum);
            o->y[(t + s) * o->ldy + i + r] = sum;
        }
}

/* Rows [first, last). */
static inline __attribute__((always_inline)) void block(const operands *o, size_t first, size_t last, size_t t,
                                                        size_t tokens)
{
    for (; first + ROWS <= last; first += ROWS)
        tile(o, first, t, ROWS, tokens);
    for (; first < last; first++)
        tile(o, first, t, 1, tokens);
}

static void gemm(float *y, size_t ldy, const float *w, const float *x, size_t ldx, size_t tokens, size_t rows,
                 size_t cols, size_t ld)
{
    const operands o = {y, w, x, ldy, ldx, cols, ld};
    const size_t tiles = (tokens + TOKENS - 1) / TOKENS; /* of about the same size: 2 + 2 tokens are not 3 + 1 */
    for (size_t first = 0; first < rows; first += BLOCK) {
        const size_t last = rows - first < BLOCK ? rows : first + BLOCK;
        for (size_t k = 0; k < tiles; k++) {
            const size_t t = tokens * k / tiles;
            switch (tokens * (k + 1) / tiles - t) {
            case 1: block(&o, first, last, t, 1); break;
            case 2: block(&o, first, last, t, 2); break;
#if VECTOR_BITS == 512
            case 3: block(&o, first, last, t, 3); break;
            case 4: block(&o, first, last, t, 4); break;
            case 5: block(&o, first, last, t, 5); break;
#endif
            default: block(&o, first, last, t, TOKENS);
            }
        }
    }
}

#endif
