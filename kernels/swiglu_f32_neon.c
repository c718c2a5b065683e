/* SwiGLU: silu(h) * g. */
#include "kernels/kernel.h"
#include "kernels/neon_exp.h"

#include <math.h>

static void swiglu(float *h, const float *g, size_t n)
{
    const float32x4_t one = vdupq_n_f32(1);
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        float32x4_t v = vld1q_f32(h + i);
        float32x4_t silu = vdivq_f32(v, vaddq_f32(one, neon_exp(vnegq_f32(v))));
        vst1q_f32(h + i, vmulq_f32(silu, vld1q_f32(g + i)));
    }
    for (; i < n; i++)
        h[i] = h[i] * (1.0f / (1.0f + expf(-h[i]))) * g[i];
}

const mw_kernel mw_swiglu_f32_neon = {
    MW_KERNEL_DEFAULTS,
    .name = "neon",
    .description = "NEON, exponentials four at a time",
    .op = MW_OP_SWIGLU,
    .layout = MW_LAYOUT_ROWMAJOR,
    .isa = MW_NEON_ISA,
    .isa_name = MW_NEON_ISA_NAME,
    .tile_cols = 4,
    .fn.swiglu = swiglu,
};
