/* Four lanes whose sum is that of 32 products, with the dot-product instruction. */
#ifndef MW_KERNELS_NEON_DOTPROD_DOT_H
#define MW_KERNELS_NEON_DOTPROD_DOT_H

#define ISA MW_DOTPROD_ISA
#define ISA_NAME MW_DOTPROD_ISA_NAME
#define ISA_SUFFIX "neon_dotprod"
#define SMALL_OPS "neon"

#include "kernels/neon.h"

static inline int32x4_t dot(int8x16_t w0, int8x16_t w1, const int8_t *x)
{
    return vdotq_s32(vdotq_s32(vdupq_n_s32(0), w0, vld1q_s8(x)), w1, vld1q_s8(x + 16));
}

/* The same for 16 products. */
static inline int32x4_t dot16(int8x16_t w, const int8_t *x)
{
    return vdotq_s32(vdupq_n_s32(0), w, vld1q_s8(x));
}

#endif
