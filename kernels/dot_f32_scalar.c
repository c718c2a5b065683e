#include "kernels/kernel.h"

static float dot(const float *a, const float *b, size_t n)
{
    float sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

const mw_kernel mw_dot_f32_scalar = {
    MW_KERNEL_DEFAULTS,
    .name = "scalar",
    .description = "plain C, vectorizer off",
    .op = MW_OP_DOT,
    .layout = MW_LAYOUT_ROWMAJOR,
    .isa_name = "c",
    .fn.dot = dot,
};
