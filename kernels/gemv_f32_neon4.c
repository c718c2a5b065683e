/* NEON with four accumulators, as the paper's text claims: four independent FMA chains per row hide the latency. */
#include "kernels/kernel.h"
#include "kernels/neon.h"

static void gemv(float *y, const void *weights, const void *activations, size_t rows, size_t cols, size_t ld)
{
    const float *w = weights, *x = activations;
    for (size_t i = 0; i < rows; i++) {
        const float *row = w + i * ld;
        float32x4_t a0 = vdupq_n_f32(0), a1 = a0, a2 = a0, a3 = a0;
        size_t j = 0;
        for (; j + 16 <= cols; j += 16) {
            a0 = vfmaq_f32(a0, vld1q_f32(row + j), vld1q_f32(x + j));
            a1 = vfmaq_f32(a1, vld1q_f32(row + j + 4), vld1q_f32(x + j + 4));
            a2 = vfmaq_f32(a2, vld1q_f32(row + j + 8), vld1q_f32(x + j + 8));
            a3 = vfmaq_f32(a3, vld1q_f32(row + j + 12), vld1q_f32(x + j + 12));
        }
        for (; j + 4 <= cols; j += 4)
            a0 = vfmaq_f32(a0, vld1q_f32(row + j), vld1q_f32(x + j));
        float sum = vaddvq_f32(vaddq_f32(vaddq_f32(a0, a1), vaddq_f32(a2, a3)));
        for (; j < cols; j++)
            sum += row[j] * x[j];
        y[i] = sum;
    }
}

const mw_kernel mw_gemv_f32_neon4 = {
    MW_KERNEL_DEFAULTS,
    .name = "neon4",
    .description = "NEON, four accumulators per row (the paper's text)",
    .op = MW_OP_GEMV,
    .layout = MW_LAYOUT_ROWMAJOR,
    .isa = MW_NEON_ISA,
    .isa_name = MW_NEON_ISA_NAME,
    .ops = "neon",
    .tile_cols = 16,
    .fn.gemv = gemv,
};
