/* Tiled NEON over the TVL layout: a panel is 16 rows, one column of it one 64-byte line. x[j] is broadcast, every row
 * has its own lane of its own accumulator, so there is no horizontal sum, and the weights are read strictly forward.
 *
 * Two columns are in flight: 2 x 4 accumulators of 4 rows keep two FMA pipes of latency 4 busy, and they fit the 16
 * vector registers that x86-64 has under AVX2. Even and odd columns are summed apart and joined at the end. */
#include "kernels/kernel.h"
#include "kernels/neon.h"

enum { R = 16 };

/* One panel: y[16] = the sum over all columns. */
static inline void panel(float *y, const float *w, const float *x, size_t cols)
{
    float32x4_t a0 = vdupq_n_f32(0), a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
    size_t j = 0;
    for (; j + 2 <= cols; j += 2, w += 2 * R) {
        float32x4_t x0 = vld1q_dup_f32(x + j), x1 = vld1q_dup_f32(x + j + 1);
        a0 = vfmaq_f32(a0, vld1q_f32(w), x0);
        a1 = vfmaq_f32(a1, vld1q_f32(w + 4), x0);
        a2 = vfmaq_f32(a2, vld1q_f32(w + 8), x0);
        a3 = vfmaq_f32(a3, vld1q_f32(w + 12), x0);
        b0 = vfmaq_f32(b0, vld1q_f32(w + 16), x1);
        b1 = vfmaq_f32(b1, vld1q_f32(w + 20), x1);
        b2 = vfmaq_f32(b2, vld1q_f32(w + 24), x1);
        b3 = vfmaq_f32(b3, vld1q_f32(w + 28), x1);
    }
    if (j < cols) {
        float32x4_t x0 = vld1q_dup_f32(x + j);
        a0 = vfmaq_f32(a0, vld1q_f32(w), x0);
        a1 = vfmaq_f32(a1, vld1q_f32(w + 4), x0);
        a2 = vfmaq_f32(a2, vld1q_f32(w + 8), x0);
        a3 = vfmaq_f32(a3, vld1q_f32(w + 12), x0);
    }
    vst1q_f32(y, vaddq_f32(a0, b0));
    vst1q_f32(y + 4, vaddq_f32(a1, b1));
    vst1q_f32(y + 8, vaddq_f32(a2, b2));
    vst1q_f32(y + 12, vaddq_f32(a3, b3));
}

static void gemv(float *y, const float *w, const float *x, size_t rows, size_t cols, size_t ld)
{
    size_t i = 0;
    for (; i + R <= rows; i += R)
        panel(y + i, w + i * ld, x, cols);
    if (i < rows) { /* the last panel is padded with zero rows, y is not */
        float last[R];
        panel(last, w + i * ld, x, cols);
        for (size_t r = 0; i + r < rows; r++)
            y[i + r] = last[r];
    }
}

const mw_kernel mw_gemv_f32_tvl16_neon = {
    MW_KERNEL_DEFAULTS,
    .name = "tvl16_neon",
    .description = "tiled NEON: panels of 16 rows, broadcast x, no horizontal sum",
    .op = MW_OP_GEMV,
    .layout = MW_LAYOUT_TVL16,
    .isa = MW_NEON_ISA,
    .isa_name = MW_NEON_ISA_NAME,
    .ops = "neon",
    .tile_rows = R,
    .tile_cols = 2,
    .align = 64,
    .fn.gemv = gemv,
};
