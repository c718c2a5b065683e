/* AVX-512 over rows as they are: the contrast to gemv_f32_tvl16_avx512.c, with the loop of gemv_f32_avx2.c: four rows
 * a quarter of the matrix apart, one accumulator each. */
#include "kernels/avx_sum.h"
#include "kernels/kernel.h"

#include <math.h>

enum { STREAMS = 4, V = 16 };

/* `n` rows, `step` apart in y and `stride` in w. `n` is a constant where this is inlined: the sums must live in
 * registers. */
static inline __attribute__((always_inline)) void rows_of(float *y, size_t step, const float *w, size_t stride,
                                                          const float *x, size_t cols, size_t n)
{
    __m512 acc[STREAMS];
    for (size_t r = 0; r < n; r++)
        acc[r] = _mm512_setzero_ps();
    size_t j = 0;
    for (; j + V <= cols; j += V) {
        const __m512 xs = _mm512_loadu_ps(x + j);
        for (size_t r = 0; r < n; r++)
            acc[r] = _mm512_fmadd_ps(_mm512_loadu_ps(w + r * stride + j), xs, acc[r]);
    }
    for (size_t r = 0; r < n; r++) {
        float sum = avx_sum16(acc[r]);
        for (size_t tail = j; tail < cols; tail++)
            sum = fmaf(w[r * stride + tail], x[tail], sum);
        y[r * step] = sum;
    }
}

static void gemv(float *y, const float *w, const float *x, size_t rows, size_t cols, size_t ld)
{
    const size_t quarter = rows / STREAMS;
    for (size_t i = 0; i < quarter; i++)
        rows_of(y + i, quarter, w + i * ld, quarter * ld, x, cols, STREAMS);
    for (size_t i = STREAMS * quarter; i < rows; i++)
        rows_of(y + i, 1, w + i * ld, ld, x, cols, 1);
}

const mw_kernel mw_gemv_f32_avx512 = {
    MW_KERNEL_DEFAULTS,
    .name = "avx512",
    .description = "AVX-512, row-major, one accumulator a row, four streams",
    .op = MW_OP_GEMV,
    .layout = MW_LAYOUT_ROWMAJOR,
    .isa = MW_ISA_AVX2 | MW_ISA_AVX512,
    .isa_name = "avx512",
    .ops = "avx2",
    .tile_rows = STREAMS,
    .tile_cols = V,
    .fn.gemv = gemv,
};
