/* exp for four floats: Cody and Waite's reduction x = k ln 2 + r with |r| <= ln 2 / 2 ("Software Manual for the
 * Elementary Functions", 1980), and a degree-6 polynomial for e^r with the coefficients of Moshier's Cephes expf.
 * The relative error is below 2 ulp; overflow gives Inf, underflow passes through the denormals to 0, NaN stays NaN. */
#ifndef MW_KERNELS_NEON_EXP_H
#define MW_KERNELS_NEON_EXP_H

#include "kernels/neon.h"

/* 2^k for -126 <= k <= 127. */
static inline float32x4_t neon_pow2(int32x4_t k)
{
    return vreinterpretq_f32_s32(vshlq_n_s32(vaddq_s32(k, vdupq_n_s32(127)), 23));
}

static inline float32x4_t neon_exp(float32x4_t x)
{
    uint32x4_t number = vceqq_f32(x, x);
    float32x4_t c = vminq_f32(vmaxq_f32(x, vdupq_n_f32(-105.0f)), vdupq_n_f32(90.0f));
    float32x4_t n = vrndnq_f32(vmulq_n_f32(c, 1.44269504088896341f));
    /* ln 2 in two parts: n times the first is exact */
    float32x4_t r = vfmaq_f32(c, n, vdupq_n_f32(-0.693359375f));
    r = vfmaq_f32(r, n, vdupq_n_f32(2.12194440e-4f));
    float32x4_t p = vdupq_n_f32(1.9875691500e-4f);
    p = vfmaq_f32(vdupq_n_f32(1.3981999507e-3f), p, r);
    p = vfmaq_f32(vdupq_n_f32(8.3334519073e-3f), p, r);
    p = vfmaq_f32(vdupq_n_f32(4.1665795894e-2f), p, r);
    p = vfmaq_f32(vdupq_n_f32(1.6666665459e-1f), p, r);
    p = vfmaq_f32(vdupq_n_f32(5.0000001201e-1f), p, r);
    p = vaddq_f32(vfmaq_f32(r, p, vmulq_f32(r, r)), vdupq_n_f32(1.0f));
    /* 2^n in two factors: n reaches beyond the exponents of one float */
    int32x4_t k = vcvtq_s32_f32(vbslq_f32(number, n, vdupq_n_f32(0))), half = vshrq_n_s32(k, 1);
    float32x4_t y = vmulq_f32(vmulq_f32(p, neon_pow2(half)), neon_pow2(vsubq_s32(k, half)));
    return vbslq_f32(number, y, x);
}

#endif
