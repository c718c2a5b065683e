/* q8_0 with 8-bit multiplications alone: two products are at most 2 * 128 * 127 and fit 16 bits. */
#define CODE_LINES 8
#define OFFSET 0
#define ISA MW_NEON_ISA
#define ISA_NAME MW_NEON_ISA_NAME
#define ISA_SUFFIX "neon"
#define SMALL_OPS "neon"
#include "kernels/neon_blocks.h"

static inline int32x4_t dot(int32x4_t sum, const char *codes, const int8_t *x)
{
    int32x4_t low = vdupq_n_s32(0), high = low; /* two lanes per row, of two rows each */
    for (size_t l = 0; l < CODE_LINES; l += 2) {
        const int8x16_t a = line_of(codes, l), b = line_of(codes, l + 1);
        const int8x8_t xa = four(x, 4 * l), xb = four(x, 4 * l + 4);
        low = vpadalq_s16(low, vmlal_s8(vmull_s8(vget_low_s8(a), xa), vget_low_s8(b), xb));
        high = vpadalq_s16(high, vmlal_s8(vmull_s8(vget_high_s8(a), xa), vget_high_s8(b), xb));
    }
    return vaddq_s32(sum, vpaddq_s32(low, high));
}
