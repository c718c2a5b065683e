/* What q6_K adds to the loop over rows. Of 128 codes, which are four groups, 64 bytes have the lower halves, two groups
 * one above the other; 32 bytes behind those of all codes have the upper two bits of each group, one above the other. A
 * scale belongs to 16 codes. */
#include "kernels/kernel.h"
#include "kernels/neon.h"

#define MINIMA 0
enum { GROUP = 32, GROUPS = 8, SUPER = GROUP * GROUPS, SUMS = 2 * GROUPS };
enum { BLOCK_BYTES = 210, UPPER_AT = 128, SCALES_AT = 192, HALVES_AT = 208 };

typedef struct small {
    int32x4_t scale[SUMS / 4];
} small;

static inline small small_of(const char *block)
{
    const int8x16_t bytes = vld1q_s8((const int8_t *)block + SCALES_AT);
    const int16x8_t first = vmovl_s8(vget_low_s8(bytes)), second = vmovl_high_s8(bytes);
    return (small){{vmovl_s16(vget_low_s16(first)), vmovl_high_s16(first), vmovl_s16(vget_low_s16(second)),
                    vmovl_high_s16(second)}};
}

/* Codes out of their lower halves and of bits 4 and 5 of `upper`. */
static inline int8x16_t code(uint8x16_t lower, uint8x16_t upper)
{
    return vreinterpretq_s8_u8(vsubq_u8(vbslq_u8(vdupq_n_u8(48), upper, lower), vdupq_n_u8(32)));
}

static inline __attribute__((always_inline)) void dots_of(int32x4_t dots[SUMS], const char *block, const mw_x8 *x)
{
    const uint8x16_t low = vdupq_n_u8(15);
    for (size_t g = 0; g < GROUPS; g += 4)
        for (size_t i = 0; i < 2; i++) {
            const uint8_t *lower = (const uint8_t *)block + 16 * g + 16 * i;
            const uint8x16_t a = vld1q_u8(lower), b = vld1q_u8(lower + 32);
            const uint8x16_t upper = vld1q_u8((const uint8_t *)block + UPPER_AT + 8 * g + 16 * i);
            dots[2 * g + i] = dot16(code(vandq_u8(a, low), vshlq_n_u8(upper, 4)), x[g].codes + 16 * i);
            dots[2 * g + 2 + i] = dot16(code(vandq_u8(b, low), vshlq_n_u8(upper, 2)), x[g + 1].codes + 16 * i);
            dots[2 * g + 4 + i] = dot16(code(vshrq_n_u8(a, 4), upper), x[g + 2].codes + 16 * i);
            dots[2 * g + 6 + i] = dot16(code(vshrq_n_u8(b, 4), vshrq_n_u8(upper, 2)), x[g + 3].codes + 16 * i);
        }
}

#include "kernels/neon_k_rows.h"
