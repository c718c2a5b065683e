/* What NEON kernels over panels of block formats share: four rows in a vector, one 32-bit lane each, four vectors in a
 * line. */
#ifndef MW_KERNELS_NEON_PANEL_H
#define MW_KERNELS_NEON_PANEL_H

#include "kernels/neon.h"

#include <stddef.h>

enum { STREAMS = 2 };
#define TOKENS 3

/* One float sum per row. */
typedef struct sums {
    float32x4_t of[4];
} sums;

static inline sums sums_zero(void)
{
    const float32x4_t zero = vdupq_n_f32(0);
    return (sums){{zero, zero, zero, zero}};
}

static inline void sums_store(float *to, sums s)
{
    for (int k = 0; k < 4; k++)
        vst1q_f32(to + 4 * k, s.of[k]);
}

/* Four codes of x, from `at` on, in every lane. */
static inline int8x16_t four(const int8_t *codes, size_t at)
{
    int32_t lane;
    __builtin_memcpy(&lane, codes + at, sizeof lane);
    return vreinterpretq_s8_s32(vdupq_n_s32(lane));
}

#endif
