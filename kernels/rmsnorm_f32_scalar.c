/* RMSNorm as llama2.c computes it. */
#include "kernels/kernel.h"

#include <math.h>

static void rmsnorm(float *y, const float *x, const float *w, size_t n, float eps)
{
    float sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i] * x[i];
    float scale = 1.0f / sqrtf(sum / (float)n + eps);
    for (size_t i = 0; i < n; i++)
        y[i] = w[i] * (scale * x[i]);
}

const mw_kernel mw_rmsnorm_f32_scalar = {
    MW_KERNEL_DEFAULTS,
    .name = "scalar",
    .description = "plain C, vectorizer off",
    .op = MW_OP_RMSNORM,
    .layout = MW_LAYOUT_ROWMAJOR,
    .isa_name = "c",
    .fn.rmsnorm = rmsnorm,
};
