/* Row-major GEMV over single values in vectors of any width (vector.h), for the files of one width each. Four rows are
 * in flight, a quarter of the matrix apart, each with one accumulator: four long forward streams and four chains of
 * FMAs. Neighbouring rows would share their pages, and be read at half the speed. There is one horizontal sum per row.
 * A row is summed in the same order whatever rows are computed with it.
 *
 * A file of another dtype than f32 has defined WEIGHT, the type of its values, weights_load(p), V of them as floats,
 * and weight_value(w), one. */
#ifndef MW_KERNELS_GEMV_ROWS_H
#define MW_KERNELS_GEMV_ROWS_H

#include "kernels/kernel.h"
#include "kernels/vector.h"

#include <math.h>

#ifndef WEIGHT
#define WEIGHT float
#define weights_load vector_load
#define weight_value(w) (w)
#endif

/* Values from those in use to those that are prefetched on the same stream (tvl16_blocks_tile.h). f32 loses by it. */
enum { STREAMS = 4, AHEAD = sizeof(WEIGHT) < sizeof(float) ? 512 / sizeof(WEIGHT) : 0 };

/* `n` rows, `step` apart in y and `stride` in w. `n` is a constant where this is inlined: the sums must live in
 * registers. */
static inline __attribute__((always_inline)) void rows_of(float *y, size_t step, const WEIGHT *w, size_t stride,
                                                          const float *x, size_t cols, size_t n)
{
    vector acc[STREAMS];
    for (size_t r = 0; r < n; r++)
        acc[r] = vector_zero();
    size_t j = 0;
    for (; j + V <= cols; j += V) {
        const vector xs = vector_load(x + j);
        for (size_t r = 0; r < n; r++) {
            if (AHEAD)
                __builtin_prefetch(w + r * stride + j + AHEAD);
            acc[r] = vector_fma(weights_load(w + r * stride + j), xs, acc[r]);
        }
    }
    for (size_t r = 0; r < n; r++) {
        float sum = vector_sum(acc[r]);
        for (size_t tail = j; tail < cols; tail++)
            sum = fmaf(weight_value(w[r * stride + tail]), x[tail], sum);
        y[r * step] = sum;
    }
}

static void gemv(float *y, const void *weights, const void *activations, size_t rows, size_t cols, size_t ld)
{
    const WEIGHT *w = weights;
    const float *x = activations;
    const size_t quarter = rows / STREAMS;
    for (size_t i = 0; i < quarter; i++)
        rows_of(y + i, quarter, w + i * ld, quarter * ld, x, cols, STREAMS);
    for (size_t i = STREAMS * quarter; i < rows; i++)
        rows_of(y + i, 1, w + i * ld, ld, x, cols, 1);
}

#endif
