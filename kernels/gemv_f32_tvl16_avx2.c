/* AVX2 over the TVL layout: a panel is 16 rows, one column of it one 64-byte line, x[j] is broadcast and every row has
 * its own lane, so there is no horizontal sum.
 *
 * Four panels are in flight, a quarter of the rows apart: each is a long forward stream of its own, and four of them
 * fill a core's memory pipes better than one does. Neighbouring panels would not: their streams end after some dozen
 * pages, all at once. Each panel has one chain of FMAs for eight rows; the eight chains of four panels keep two FMA
 * pipes of latency 4 busy, and they fit 16 registers. A row is summed in the order of its columns, whatever panels are
 * computed with its own. */
#include "kernels/kernel.h"

#include <immintrin.h>

enum { R = 16, STREAMS = 4 };

/* `n` panels, `step` rows apart: y[16] of each = the sum over all columns. `n` is a constant where this is inlined: the
 * sums must live in registers. */
static inline __attribute__((always_inline)) void panels(float *y, const float *w, const float *x, size_t step,
                                                         size_t cols, size_t n)
{
    const size_t stride = step * cols;
    __m256 top[STREAMS], bottom[STREAMS];
    for (size_t p = 0; p < n; p++)
        top[p] = bottom[p] = _mm256_setzero_ps();
    for (size_t j = 0; j < cols; j++) {
        const __m256 xs = _mm256_broadcast_ss(x + j);
        for (size_t p = 0; p < n; p++) {
            const float *line = w + p * stride + j * R;
            top[p] = _mm256_fmadd_ps(_mm256_load_ps(line), xs, top[p]);
            bottom[p] = _mm256_fmadd_ps(_mm256_load_ps(line + 8), xs, bottom[p]);
        }
    }
    for (size_t p = 0; p < n; p++) {
        _mm256_storeu_ps(y + p * step, top[p]);
        _mm256_storeu_ps(y + p * step + 8, bottom[p]);
    }
}

static void gemv(float *y, const void *weights, const void *activations, size_t rows, size_t cols, size_t ld)
{
    const float *w = weights, *x = activations;
    const size_t quarter = rows / R / STREAMS * R;
    size_t i = 0;
    for (; i < quarter; i += R)
        panels(y + i, w + i * ld, x, quarter, cols, STREAMS);
    for (i = STREAMS * quarter; i + R <= rows; i += R)
        panels(y + i, w + i * ld, x, R, cols, 1);
    if (i < rows) { /* the last panel is padded with zero rows, y is not */
        float last[R];
        panels(last, w + i * ld, x, R, cols, 1);
        for (size_t r = 0; i + r < rows; r++)
            y[i + r] = last[r];
    }
}

const mw_kernel mw_gemv_f32_tvl16_avx2 = {
    MW_KERNEL_DEFAULTS,
    .name = "tvl16_avx2",
    .description = "AVX2, panels of 16 rows, four streams",
    .op = MW_OP_GEMV,
    .layout = MW_LAYOUT_TVL16,
    .isa = MW_ISA_AVX2,
    .isa_name = "avx2",
    .ops = "avx2",
    .tile_rows = R * STREAMS,
    .align = 64,
    .fn.gemv = gemv,
};
