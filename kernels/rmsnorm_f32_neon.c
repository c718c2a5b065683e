#include "kernels/kernel.h"
#include "kernels/neon.h"

#include <math.h>

static void rmsnorm(float *y, const float *x, const float *w, size_t n, float eps)
{
    float32x4_t a0 = vdupq_n_f32(0), a1 = a0, a2 = a0, a3 = a0;
    size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        float32x4_t x0 = vld1q_f32(x + i), x1 = vld1q_f32(x + i + 4);
        float32x4_t x2 = vld1q_f32(x + i + 8), x3 = vld1q_f32(x + i + 12);
        a0 = vfmaq_f32(a0, x0, x0);
        a1 = vfmaq_f32(a1, x1, x1);
        a2 = vfmaq_f32(a2, x2, x2);
        a3 = vfmaq_f32(a3, x3, x3);
    }
    float sum = vaddvq_f32(vaddq_f32(vaddq_f32(a0, a1), vaddq_f32(a2, a3)));
    for (; i < n; i++)
        sum += x[i] * x[i];
    float scale = 1.0f / sqrtf(sum / (float)n + eps);
    for (i = 0; i + 4 <= n; i += 4)
        vst1q_f32(y + i, vmulq_f32(vld1q_f32(w + i), vmulq_n_f32(vld1q_f32(x + i), scale)));
    for (; i < n; i++)
        y[i] = w[i] * (scale * x[i]);
}

const mw_kernel mw_rmsnorm_f32_neon = {
    MW_KERNEL_DEFAULTS,
    .name = "neon",
    .description = "NEON, four accumulators",
    .op = MW_OP_RMSNORM,
    .layout = MW_LAYOUT_ROWMAJOR,
    .isa = MW_NEON_ISA,
    .isa_name = MW_NEON_ISA_NAME,
    .tile_cols = 4,
    .fn.rmsnorm = rmsnorm,
};
