/* Four lanes whose sum is that of 32 products, with 8-bit multiplications alone: two products, at most 2 * 128 * 127,
 * fit 16 bits. */
#ifndef MW_KERNELS_NEON_DOT_H
#define MW_KERNELS_NEON_DOT_H

#define ISA MW_NEON_ISA
#define ISA_NAME MW_NEON_ISA_NAME
#define ISA_SUFFIX "neon"
#define SMALL_OPS "neon"

#include "kernels/neon.h"

static inline int32x4_t dot(int8x16_t w0, int8x16_t w1, const int8_t *x)
{
    const int8x16_t x0 = vld1q_s8(x), x1 = vld1q_s8(x + 16);
    const int16x8_t low = vmlal_s8(vmull_s8(vget_low_s8(w0), vget_low_s8(x0)), vget_low_s8(w1), vget_low_s8(x1));
    const int16x8_t high = vmlal_s8(vmull_s8(vget_high_s8(w0), vget_high_s8(x0)), vget_high_s8(w1), vget_high_s8(x1));
    return vpadalq_s16(vpaddlq_s16(low), high);
}

/* The same for 16 products. */
static inline int32x4_t dot16(int8x16_t w, const int8_t *from)
{
    const int8x16_t x = vld1q_s8(from);
    return vpadalq_s16(vpaddlq_s16(vmull_s8(vget_low_s8(w), vget_low_s8(x))), vmull_high_s8(w, x));
}

#endif
