/* SwiGLU: silu(h) * g. */
#include "kernels/kernel.h"

#include <math.h>

static void swiglu(float *h, const float *g, size_t n)
{
    for (size_t i = 0; i < n; i++)
        h[i] = h[i] * (1.0f / (1.0f + expf(-h[i]))) * g[i];
}

const mw_kernel mw_swiglu_f32_scalar = {
    MW_KERNEL_DEFAULTS,
    .name = "scalar",
    .description = "plain C, vectorizer off",
    .op = MW_OP_SWIGLU,
    .layout = MW_LAYOUT_ROWMAJOR,
    .isa_name = "c",
    .fn.swiglu = swiglu,
};
