/* What q5_K adds to the loop over rows: codes as in q4_K, and before them 32 bytes with the fifth bits, one bit for
 * each group. */
enum { BLOCK_BYTES = 176, BITS_AT = 16, CODES_AT = 48 };
#include "kernels/neon_k_rows_minima.h"

/* Bit g of `bits` becomes bit 4. */
static inline int8x16_t with_bit(uint8x16_t codes, uint8x16_t bits, size_t g)
{
    const uint8x16_t fifth = vshlq_u8(bits, vdupq_n_s8((int8_t)(4 - (int)g)));
    return vreinterpretq_s8_u8(vbslq_u8(vdupq_n_u8(16), fifth, codes));
}

static inline __attribute__((always_inline)) void dots_of(int32x4_t dots[SUMS], const char *block, const mw_x8 *x)
{
    const uint8_t *p = (const uint8_t *)block + CODES_AT, *bits = (const uint8_t *)block + BITS_AT;
    const uint8x16_t low = vdupq_n_u8(15), bits_a = vld1q_u8(bits), bits_b = vld1q_u8(bits + 16);
    for (size_t g = 0; g < GROUPS; g += 2, p += 32) {
        const uint8x16_t a = vld1q_u8(p), b = vld1q_u8(p + 16);
        dots[g] = dot(with_bit(vandq_u8(a, low), bits_a, g), with_bit(vandq_u8(b, low), bits_b, g), x[g].codes);
        dots[g + 1] = dot(with_bit(vshrq_n_u8(a, 4), bits_a, g + 1), with_bit(vshrq_n_u8(b, 4), bits_b, g + 1),
                          x[g + 1].codes);
    }
}
