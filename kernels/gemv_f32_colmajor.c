/* Control that must look bad: a column-major matrix walked by rows, so that each load takes 4 bytes from a line of its
 * own. */
#include "kernels/kernel.h"

static void gemv(float *y, const void *weights, const void *activations, size_t rows, size_t cols, size_t ld)
{
    const float *w = weights, *x = activations;
    for (size_t i = 0; i < rows; i++) {
        float sum = 0;
        for (size_t j = 0; j < cols; j++)
            sum += w[j * ld + i] * x[j];
        y[i] = sum;
    }
}

const mw_kernel mw_gemv_f32_colmajor = {
    MW_KERNEL_DEFAULTS,
    .name = "colmajor",
    .description = "control: column-major walked by rows, 4 useful bytes per line",
    .op = MW_OP_GEMV,
    .layout = MW_LAYOUT_COLMAJOR,
    .isa_name = "c",
    .ops = "scalar",
    .fn.gemv = gemv,
};
