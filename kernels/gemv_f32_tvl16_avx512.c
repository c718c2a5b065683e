/* AVX-512 over the TVL layout: one column of a panel of 16 rows is one register and one load. Like
 * gemv_f32_tvl16_avx2.c, with the same bits: four panels are in flight, a quarter of the rows apart, and a row is
 * summed in the order of its columns in a lane of its own. Four chains keep one 512-bit FMA pipe of latency 4 busy. */
#include "kernels/kernel.h"

#include <immintrin.h>

enum { R = 16, STREAMS = 4 };

/* `n` panels, `step` rows apart: y[16] of each = the sum over all columns. `n` is a constant where this is inlined: the
 * sums must live in registers. */
static inline __attribute__((always_inline)) void panels(float *y, const float *w, const float *x, size_t step,
                                                         size_t cols, size_t n)
{
    const size_t stride = step * cols;
    __m512 sum[STREAMS];
    for (size_t p = 0; p < n; p++)
        sum[p] = _mm512_setzero_ps();
    for (size_t j = 0; j < cols; j++) {
        const __m512 xs = _mm512_set1_ps(x[j]);
        for (size_t p = 0; p < n; p++)
            sum[p] = _mm512_fmadd_ps(_mm512_load_ps(w + p * stride + j * R), xs, sum[p]);
    }
    for (size_t p = 0; p < n; p++)
        _mm512_storeu_ps(y + p * step, sum[p]);
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

const mw_kernel mw_gemv_f32_tvl16_avx512 = {
    MW_KERNEL_DEFAULTS,
    .name = "tvl16_avx512",
    .description = "AVX-512, panels of 16 rows, four streams",
    .op = MW_OP_GEMV,
    .layout = MW_LAYOUT_TVL16,
    .isa = MW_ISA_AVX2 | MW_ISA_AVX512,
    .isa_name = "avx512",
    .ops = "avx2",
    .tile_rows = R * STREAMS,
    .align = 64,
    .fn.gemv = gemv,
};
