#include "kernels/kernel.h"

static void axpy(float *y, float a, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] += a * x[i];
}

const mw_kernel mw_axpy_f32_scalar = {
    MW_KERNEL_DEFAULTS,
    .name = "scalar",
    .description = "plain C, vectorizer off",
    .op = MW_OP_AXPY,
    .layout = MW_LAYOUT_ROWMAJOR,
    .isa_name = "c",
    .fn.axpy = axpy,
};
