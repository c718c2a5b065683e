/* Row-major GEMV over f32, bf16 or f16. Four rows are in flight, a quarter of the matrix apart, each with one
 * accumulator: four long forward streams and four chains of FMAs. Adjacent rows share pages and are read at half the
 * speed. There is one horizontal sum per row. A row is summed in the same order whatever rows are computed with it.
 *
 * The including file has defined VECTOR_BITS (vector.h) and, unless weights are f32: WEIGHT, the type of a stored
 * value; weights_load(p), which loads V of them as floats; weight_value(w), which converts one. */
#ifndef MW_KERNELS_GEMV_ROWS_H
#define MW_KERNELS_GEMV_ROWS_H

#include "kernels/kernel.h"
#include "kernels/prefetch.h"
#include "kernels/vector.h"

#include <math.h>

#ifndef WEIGHT
#define WEIGHT float
#define weights_load vector_load
#define weight_value(w) (w)
#endif

enum { STREAMS = 4, PREFETCH = sizeof(WEIGHT) < sizeof(float) };

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
            if (PREFETCH)
                __builtin_prefetch((const char *)(w + r * stride + j) + AHEAD);
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
