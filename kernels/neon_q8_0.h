/* q8_0 with 8-bit multiplications alone: two products are at most 2 * 128 * 127 and fit 16 bits. */
#define CODE_LINES 8
#define OFFSET 0
#define ISA MW_NEON_ISA
#define ISA_NAME MW_NEON_ISA_NAME
#define ISA_SUFFIX "neon"
#define SMALL_OPS "neon"
#include "kernels/neon.h"

/* Two lanes per row, of two rows each. */
typedef struct quad {
    int32x4_t low, high;
} quad;
#include "kernels/neon_blocks.h"

static inline quad quad_zero(void)
{
    return (quad){vdupq_n_s32(0), vdupq_n_s32(0)};
}

static inline quad add_quad(quad sum, int8x16_t first, int8x16_t second, const int8_t *x, size_t l)
{
    const int8x16_t x1 = four(x, 4 * l), x2 = four(x, 4 * l + 4);
    const int16x8_t low = vmlal_s8(vmull_s8(vget_low_s8(first), vget_low_s8(x1)), vget_low_s8(second), vget_low_s8(x2));
    const int16x8_t high = vmlal_high_s8(vmull_high_s8(first, x1), second, x2);
    return (quad){vpadalq_s16(sum.low, low), vpadalq_s16(sum.high, high)};
}

static inline int32x4_t row_sums(quad sum)
{
    return vpaddq_s32(sum.low, sum.high);
}
