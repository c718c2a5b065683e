/* What the files of NEON's dot product have in common: one instruction multiplies the codes of four columns and rows
 * with four codes of x. Those of i8mm (neon_i8mm.h) use the same loop for one token. */
#ifndef ISA
#define ISA MW_DOTPROD_ISA
#define ISA_NAME MW_DOTPROD_ISA_NAME
#define ISA_SUFFIX "neon_dotprod"
#define SMALL_OPS "neon"
#endif
#include "kernels/neon.h"

typedef int32x4_t quad;
#include "kernels/neon_blocks.h"

static inline quad quad_zero(void)
{
    return vdupq_n_s32(0);
}

static inline int32x4_t row_sums(quad sum)
{
    return sum;
}
