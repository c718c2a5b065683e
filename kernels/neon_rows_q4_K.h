/* What q4_K adds to the loop over rows: 32 bytes have the codes of two groups, one above the other. */
enum { BLOCK_BYTES = 144, CODES_AT = 16 };
#include "kernels/neon_k_rows_minima.h"

static inline __attribute__((always_inline)) void dots_of(int32x4_t dots[SUMS], const char *block, const mw_x8 *x)
{
    const uint8_t *p = (const uint8_t *)block + CODES_AT;
    const uint8x16_t low = vdupq_n_u8(15);
    for (size_t g = 0; g < GROUPS; g += 2, p += 32) {
        const uint8x16_t a = vld1q_u8(p), b = vld1q_u8(p + 16);
        dots[g] = dot(vreinterpretq_s8_u8(vandq_u8(a, low)), vreinterpretq_s8_u8(vandq_u8(b, low)), x[g].codes);
        dots[g + 1] = dot(vreinterpretq_s8_u8(vshrq_n_u8(a, 4)), vreinterpretq_s8_u8(vshrq_n_u8(b, 4)), x[g + 1].codes);
    }
}
