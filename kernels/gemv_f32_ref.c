/* The reference: every product and every sum in double, rounded once at the end. */
#include "kernels/kernel.h"

static void gemv(float *y, const void *weights, const void *activations, size_t rows, size_t cols, size_t ld)
{
    const float *w = weights, *x = activations;
    for (size_t i = 0; i < rows; i++) {
        double sum = 0;
        for (size_t j = 0; j < cols; j++)
            sum += (double)w[i * ld + j] * x[j];
        y[i] = (float)sum;
    }
}

const mw_kernel mw_gemv_f32_ref = {
    MW_KERNEL_DEFAULTS,
    .name = "ref",
    .description = "plain C, double accumulation: what the others are checked against",
    .op = MW_OP_GEMV,
    .layout = MW_LAYOUT_ROWMAJOR,
    .isa_name = "c",
    .ops = "scalar",
    .fn.gemv = gemv,
};
