/* Naive NEON, as the paper lists it: one row at a time, one accumulator, a horizontal sum at the end of each row. Every
 * FMA waits for the one before it, so a row cannot go faster than 16 bytes per FMA latency. */
#include "kernels/kernel.h"
#include "kernels/neon.h"

static void gemv(float *y, const void *weights, const void *activations, size_t rows, size_t cols, size_t ld)
{
    const float *w = weights, *x = activations;
    for (size_t i = 0; i < rows; i++) {
        const float *row = w + i * ld;
        float32x4_t acc = vdupq_n_f32(0);
        size_t j = 0;
        for (; j + 4 <= cols; j += 4)
            acc = vfmaq_f32(acc, vld1q_f32(row + j), vld1q_f32(x + j));
        float sum = vaddvq_f32(acc);
        for (; j < cols; j++)
            sum += row[j] * x[j];
        y[i] = sum;
    }
}

const mw_kernel mw_gemv_f32_neon = {
    MW_KERNEL_DEFAULTS,
    .name = "neon",
    .description = "naive NEON: one accumulator, one horizontal sum per row (the paper's listing)",
    .op = MW_OP_GEMV,
    .layout = MW_LAYOUT_ROWMAJOR,
    .isa = MW_NEON_ISA,
    .isa_name = MW_NEON_ISA_NAME,
    .ops = "neon",
    .tile_cols = 4,
    .fn.gemv = gemv,
};
