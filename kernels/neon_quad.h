/* Sums of products of four rows with 8-bit multiplications alone. */
#ifndef MW_KERNELS_NEON_QUAD_H
#define MW_KERNELS_NEON_QUAD_H

#define ISA MW_NEON_ISA
#define ISA_NAME MW_NEON_ISA_NAME
#define ISA_SUFFIX "neon"
#define SMALL_OPS "neon"
#include "kernels/neon.h"

/* Four lanes per row, of two rows each. A lane is the sum of one column in four, and must fit 16 bits. */
typedef struct quad {
    int16x8_t low, high;
} quad;

static inline quad quad_zero(void)
{
    return (quad){vdupq_n_s16(0), vdupq_n_s16(0)};
}

/* Adds the products of four columns: w has those of four rows, x the codes of x in the lane of each row. */
static inline quad quad_add(quad sum, int8x16_t w, int8x16_t x)
{
    return (quad){vmlal_s8(sum.low, vget_low_s8(w), vget_low_s8(x)), vmlal_high_s8(sum.high, w, x)};
}

/* One sum per row. */
static inline int32x4_t row_sums(quad sum)
{
    return vpaddq_s32(vpaddlq_s16(sum.low), vpaddlq_s16(sum.high));
}

#endif
