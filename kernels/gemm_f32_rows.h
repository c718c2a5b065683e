/* Row-major GEMM in vectors of any width (vector.h), for the files of one width each: every sum is computed in the
 * order of gemv_rows.h, so its bits are the same, but many of them run side by side. A tile of rows and tokens has
 * an accumulator for each of its outputs, which keeps the pipes busy, and a vector of weights or of x serves a whole
 * row of the tile once it is loaded. */
#ifndef MW_KERNELS_GEMM_F32_ROWS_H
#define MW_KERNELS_GEMM_F32_ROWS_H

#include "kernels/kernel.h"
#include "kernels/vector.h"

#include <math.h>

/* 12 outputs in AVX2's 16 registers, 24 in the 32 of AVX-512. The others hold x and a vector of weights. */
enum { ROWS = 4, TOKENS = VECTOR_BITS == 512 ? 6 : 3, OUTPUTS = ROWS * TOKENS, BLOCK = 48 };

#include "kernels/gemm_f32_tiles.h"

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

#endif
