/* q4_0 with 8-bit multiplications alone: the products of a block, at most 8 * 15 * 127 for a column of the lanes, fit
 * 16 bits. */
#define CODE_LINES 4
#define OFFSET 8
#define ISA MW_NEON_ISA
#define ISA_NAME MW_NEON_ISA_NAME
#define ISA_SUFFIX "neon"
#define SMALL_OPS "neon"
#include "kernels/neon_blocks.h"

static inline int32x4_t dot(int32x4_t sum, const char *codes, const int8_t *x)
{
    int16x8_t low = vdupq_n_s16(0), high = low; /* four lanes per row, of two rows each */
    for (size_t l = 0; l < CODE_LINES; l++) {
        const uint8x16_t w = vreinterpretq_u8_s8(line_of(codes, l));
        const int8x16_t a = vreinterpretq_s8_u8(vandq_u8(w, vdupq_n_u8(15)));
        const int8x16_t b = vreinterpretq_s8_u8(vshrq_n_u8(w, 4));
        const int8x8_t xa = four(x, 4 * l), xb = four(x, 16 + 4 * l);
        low = vmlal_s8(vmlal_s8(low, vget_low_s8(a), xa), vget_low_s8(b), xb);
        high = vmlal_s8(vmlal_s8(high, vget_high_s8(a), xa), vget_high_s8(b), xb);
    }
    return vaddq_s32(sum, vpaddq_s32(vpaddlq_s16(low), vpaddlq_s16(high)));
}
