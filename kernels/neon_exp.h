/* exp for four floats: the reduction and the polynomial of exp_terms.h. The relative error is below 2 ulp; overflow
 * gives Inf, underflow passes through the denormals to 0, NaN stays NaN. */
#ifndef MW_KERNELS_NEON_EXP_H
#define MW_KERNELS_NEON_EXP_H

#include "kernels/exp_terms.h"
#include "kernels/neon.h"

/* 2^k for -126 <= k <= 127. */
static inline float32x4_t neon_pow2(int32x4_t k)
{
    return vreinterpretq_f32_s32(vshlq_n_s32(vaddq_s32(k, vdupq_n_s32(127)), 23));
}

static inline float32x4_t neon_exp(float32x4_t x)
{
    uint32x4_t number = vceqq_f32(x, x);
    float32x4_t c = vminq_f32(vmaxq_f32(x, vdupq_n_f32(EXP_LEAST)), vdupq_n_f32(EXP_MOST));
    float32x4_t n = vrndnq_f32(vmulq_n_f32(c, EXP_LOG2E));
    float32x4_t r = vfmaq_f32(c, n, vdupq_n_f32(EXP_LN2_HIGH));
    r = vfmaq_f32(r, n, vdupq_n_f32(EXP_LN2_LOW));
    float32x4_t p = vdupq_n_f32(EXP_T0);
    p = vfmaq_f32(vdupq_n_f32(EXP_T1), p, r);
    p = vfmaq_f32(vdupq_n_f32(EXP_T2), p, r);
    p = vfmaq_f32(vdupq_n_f32(EXP_T3), p, r);
    p = vfmaq_f32(vdupq_n_f32(EXP_T4), p, r);
    p = vfmaq_f32(vdupq_n_f32(EXP_T5), p, r);
    p = vaddq_f32(vfmaq_f32(r, p, vmulq_f32(r, r)), vdupq_n_f32(1.0f));
    /* 2^n in two factors: n reaches beyond the exponents of one float */
    int32x4_t k = vcvtq_s32_f32(vbslq_f32(number, n, vdupq_n_f32(0))), half = vshrq_n_s32(k, 1);
    float32x4_t y = vmulq_f32(vmulq_f32(p, neon_pow2(half)), neon_pow2(vsubq_s32(k, half)));
    return vbslq_f32(number, y, x);
}

#endif
