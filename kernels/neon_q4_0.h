/* Lines of q4_0: codes of four columns in the low halves of bytes, those of 16 columns further on in the high ones. The
 * sums of products are those of neon_quad.h, where a lane is at most 8 * 15 * 127, or of neon_dotprod_quad.h, which is
 * included before. */
#define CODE_LINES 4
#define OFFSET 8
#include "kernels/neon_blocks.h"

static inline quad add_line(quad sum, int8x16_t w, const int8_t *x, size_t l)
{
    const int8x16_t low = vandq_s8(w, vdupq_n_s8(15));
    const int8x16_t high = vreinterpretq_s8_u8(vshrq_n_u8(vreinterpretq_u8_s8(w), 4));
    return quad_add(quad_add(sum, low, four(x, 4 * l)), high, four(x, 16 + 4 * l));
}

static inline quad add_quad(quad sum, int8x16_t first, int8x16_t second, const int8_t *x, size_t l)
{
    return add_line(add_line(sum, first, x, l), second, x, l + 1);
}
