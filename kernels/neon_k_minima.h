/* Scales and minima of q4_K and q5_K with NEON. Each of the 12 bytes with them is stored for 16 rows together, a vector
 * (mw_k_scale in dtype_k.h says which bits are what). */
#ifndef MW_KERNELS_NEON_K_MINIMA_H
#define MW_KERNELS_NEON_K_MINIMA_H

#define SCALE_BYTES 12
#define HALVES 2
#define OFFSET 0
#define SCALES 1
#include "kernels/neon_k.h"

/* One byte for each group and row. */
typedef struct small {
    uint8_t scale[GROUPS][R], minimum[GROUPS][R];
} small;

static inline __attribute__((always_inline)) small small_of(const block *at)
{
    const uint8x16_t six = vdupq_n_u8(63), lower = vdupq_n_u8(15);
    small s;
    for (size_t g = 0; g < 4; g++) {
        const uint8_t *bytes = (const uint8_t *)at->scales + g * R;
        const uint8x16_t a = vld1q_u8(bytes), b = vld1q_u8(bytes + 4 * R), c = vld1q_u8(bytes + 8 * R);
        vst1q_u8(s.scale[g], vandq_u8(a, six));
        vst1q_u8(s.minimum[g], vandq_u8(b, six));
        vst1q_u8(s.scale[4 + g], vbslq_u8(lower, c, vshrq_n_u8(a, 2)));
        vst1q_u8(s.minimum[4 + g], vbslq_u8(lower, vshrq_n_u8(c, 4), vshrq_n_u8(b, 2)));
    }
    return s;
}

static inline numbers numbers_of(const uint8_t *bytes)
{
    const uint8x16_t rows = vld1q_u8(bytes);
    return numbers_of_words(vreinterpretq_s16_u16(vmovl_u8(vget_low_u8(rows))),
                            vreinterpretq_s16_u16(vmovl_high_u8(rows)));
}

static inline numbers scales_of(const small *s, size_t g, size_t part)
{
    (void)part;
    return numbers_of(s->scale[g]);
}

static inline sums add_minima(sums acc, const small *s, size_t g, float x)
{
    const numbers minima = numbers_of(s->minimum[g]);
    for (size_t k = 0; k < 4; k++)
        acc.of[k] = vfmaq_n_f32(acc.of[k], vcvtq_f32_s32(minima.of[k]), x);
    return acc;
}

#endif
