/* NEON over panels of a block format: four rows in a vector, one 32-bit lane each, four vectors in a line.
 *
 * The file of an instruction set and a dtype has defined ISA and its like (tvl16_walk.h), CODE_LINES, OFFSET (what its dot() adds to each code of W) and
 * dot(sum, codes of four rows in the first line, x codes), which adds the products of a whole block. */
#ifndef MW_KERNELS_NEON_BLOCKS_H
#define MW_KERNELS_NEON_BLOCKS_H

#include "kernels/neon.h"
#include "kernels/tvl16_blocks.h"

enum { STREAMS = 2 };
#define TOKENS 3

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

/* The codes of four rows in line l. */
static inline int8x16_t line_of(const char *codes, size_t l)
{
    return vld1q_s8((const int8_t *)codes + l * LINE);
}

/* Four codes of x, from `at` on, twice. */
static inline int8x8_t four(const int8_t *codes, size_t at)
{
    int32_t lane;
    __builtin_memcpy(&lane, codes + at, sizeof lane);
    return vreinterpret_s8_s32(vdup_n_s32(lane));
}

static inline __attribute__((always_inline)) int32x4_t dot(int32x4_t sum, const char *codes, const int8_t *x);

static inline __attribute__((always_inline)) sums add_group(sums acc, group g, const mw_x8 *x)
{
    for (size_t k = 0; k < 4; k++) {
        const int32x4_t sum = dot(vdupq_n_s32(-OFFSET * x->sum), g.codes + 16 * k, x->codes);
        const float32x4_t scales = mw_halves_to_floats(g.scales + 8 * k);
        acc.of[k] = vfmaq_f32(acc.of[k], vcvtq_f32_s32(sum), vmulq_n_f32(scales, x->scale));
    }
    return acc;
}

#include "kernels/tvl16_blocks_tile.h"

#endif
