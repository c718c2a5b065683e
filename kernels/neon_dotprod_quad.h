/* Sums of products of four rows with NEON's dot product: one instruction multiplies the codes of four columns and rows
 * with four codes of x. Kernels of i8mm (neon_i8mm.h) use the same loop for one token. */
#ifndef MW_KERNELS_NEON_DOTPROD_QUAD_H
#define MW_KERNELS_NEON_DOTPROD_QUAD_H

#ifndef ISA
#define ISA MW_DOTPROD_ISA
#define ISA_NAME MW_DOTPROD_ISA_NAME
#define ISA_SUFFIX "neon_dotprod"
#define SMALL_OPS "neon"
#endif
#include "kernels/neon.h"

typedef int32x4_t quad;

static inline quad quad_zero(void)
{
    return vdupq_n_s32(0);
}

/* Adds the products of four columns: w has those of four rows, x the codes of x in the lane of each row. */
static inline quad quad_add(quad sum, int8x16_t w, int8x16_t x)
{
    return vdotq_s32(sum, w, x);
}

/* One sum per row. */
static inline int32x4_t row_sums(quad sum)
{
    return sum;
}

#endif
