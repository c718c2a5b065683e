/* q4_0 with 8-bit multiplications alone: the products of a block, at most 8 * 15 * 127 for a column of the lanes, fit
 * 16 bits. */
#define CODE_LINES 4
#define OFFSET 8
#define ISA MW_NEON_ISA
#define ISA_NAME MW_NEON_ISA_NAME
#define ISA_SUFFIX "neon"
#define SMALL_OPS "neon"
#include "kernels/neon.h"

/* Four lanes per row, of two rows each. */
typedef struct quad {
    int16x8_t low, high;
} quad;
#include "kernels/neon_blocks.h"

static inline quad quad_zero(void)
{
    return (quad){vdupq_n_s16(0), vdupq_n_s16(0)};
}

/* The products of the low codes in w, and of the high ones, which belong to columns 16 further on. */
static inline quad add_line(quad sum, int8x16_t w, const int8_t *x, size_t l)
{
    const int8x16_t a = vandq_s8(w, vdupq_n_s8(15)), b = vreinterpretq_s8_u8(vshrq_n_u8(vreinterpretq_u8_s8(w), 4));
    const int8x16_t xa = four(x, 4 * l), xb = four(x, 16 + 4 * l);
    const int16x8_t low = vmlal_s8(sum.low, vget_low_s8(a), vget_low_s8(xa));
    return (quad){vmlal_s8(low, vget_low_s8(b), vget_low_s8(xb)), vmlal_high_s8(vmlal_high_s8(sum.high, a, xa), b, xb)};
}

static inline quad add_quad(quad sum, int8x16_t first, int8x16_t second, const int8_t *x, size_t l)
{
    return add_line(add_line(sum, first, x, l), second, x, l + 1);
}

static inline int32x4_t row_sums(quad sum)
{
    return vpaddq_s32(vpaddlq_s16(sum.low), vpaddlq_s16(sum.high));
}
