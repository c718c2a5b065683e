/* Softmax in place; the largest value is taken out first, so that no exponential overflows. */
#include "kernels/kernel.h"
#include "kernels/neon_exp.h"

#include <math.h>

static void softmax(float *x, size_t n)
{
    float max = x[0], sum = 0;
    for (size_t i = 1; i < n; i++) /* n is a position, at most a few thousand: the exponentials are what takes time */
        if (x[i] > max)
            max = x[i];
    float32x4_t most = vdupq_n_f32(max), acc = vdupq_n_f32(0);
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        float32x4_t e = neon_exp(vsubq_f32(vld1q_f32(x + i), most));
        vst1q_f32(x + i, e);
        acc = vaddq_f32(acc, e);
    }
    sum = vaddvq_f32(acc);
    for (; i < n; i++) {
        x[i] = expf(x[i] - max);
        sum += x[i];
    }
    float scale = 1.0f / sum;
    for (i = 0; i + 4 <= n; i += 4)
        vst1q_f32(x + i, vmulq_n_f32(vld1q_f32(x + i), scale));
    for (; i < n; i++)
        x[i] *= scale;
}

const mw_kernel mw_softmax_f32_neon = {
    MW_KERNEL_DEFAULTS,
    .name = "neon",
    .description = "NEON, exponentials four at a time",
    .op = MW_OP_SOFTMAX,
    .layout = MW_LAYOUT_ROWMAJOR,
    .isa = MW_NEON_ISA,
    .isa_name = MW_NEON_ISA_NAME,
    .tile_cols = 4,
    .fn.softmax = softmax,
};
