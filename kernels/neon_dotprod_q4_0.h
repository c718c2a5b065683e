/* q4_0 with the dot-product instruction: one multiplies the codes of four columns and rows with four codes of x. */
#define CODE_LINES 4
#define OFFSET 8
#define ISA MW_DOTPROD_ISA
#define ISA_NAME MW_DOTPROD_ISA_NAME
#define ISA_SUFFIX "neon_dotprod"
#define SMALL_OPS "neon"
#include "kernels/neon_blocks.h"

static inline int8x16_t low_of(const char *codes, size_t l)
{
    return vandq_s8(line_of(codes, l), vdupq_n_s8(15));
}

static inline int8x16_t high_of(const char *codes, size_t l)
{
    return vreinterpretq_s8_u8(vshrq_n_u8(vreinterpretq_u8_s8(line_of(codes, l)), 4));
}

static inline int32x4_t dot(int32x4_t sum, const char *codes, const int8_t *x)
{
    const int8x16_t first = vld1q_s8(x), second = vld1q_s8(x + 16);
    sum = vdotq_laneq_s32(sum, low_of(codes, 0), first, 0);
    sum = vdotq_laneq_s32(sum, high_of(codes, 0), second, 0);
    sum = vdotq_laneq_s32(sum, low_of(codes, 1), first, 1);
    sum = vdotq_laneq_s32(sum, high_of(codes, 1), second, 1);
    sum = vdotq_laneq_s32(sum, low_of(codes, 2), first, 2);
    sum = vdotq_laneq_s32(sum, high_of(codes, 2), second, 2);
    sum = vdotq_laneq_s32(sum, low_of(codes, 3), first, 3);
    return vdotq_laneq_s32(sum, high_of(codes, 3), second, 3);
}
