/* q8_0 with the dot-product instruction: one multiplies the codes of four columns and rows with four codes of x. */
#define CODE_LINES 8
#define OFFSET 0
#define ISA MW_DOTPROD_ISA
#define ISA_NAME MW_DOTPROD_ISA_NAME
#define ISA_SUFFIX "neon_dotprod"
#define SMALL_OPS "neon"
#include "kernels/neon_blocks.h"

static inline int32x4_t dot(int32x4_t sum, const char *codes, const int8_t *x)
{
    const int8x16_t first = vld1q_s8(x), second = vld1q_s8(x + 16);
    sum = vdotq_laneq_s32(sum, line_of(codes, 0), first, 0);
    sum = vdotq_laneq_s32(sum, line_of(codes, 1), first, 1);
    sum = vdotq_laneq_s32(sum, line_of(codes, 2), first, 2);
    sum = vdotq_laneq_s32(sum, line_of(codes, 3), first, 3);
    sum = vdotq_laneq_s32(sum, line_of(codes, 4), second, 0);
    sum = vdotq_laneq_s32(sum, line_of(codes, 5), second, 1);
    sum = vdotq_laneq_s32(sum, line_of(codes, 6), second, 2);
    return vdotq_laneq_s32(sum, line_of(codes, 7), second, 3);
}
