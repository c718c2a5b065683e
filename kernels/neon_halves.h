/* NEON over panels of 16-bit values. The file of a dtype defines expand(), four values at p as floats. */
#ifndef MW_KERNELS_NEON_HALVES_H
#define MW_KERNELS_NEON_HALVES_H

#define ISA MW_NEON_ISA
#define ISA_NAME MW_NEON_ISA_NAME
#define ISA_SUFFIX "neon"
#define SMALL_OPS "neon"

#include "kernels/neon.h"

#include <stddef.h>

enum { V = 4, STREAMS = 2 };
#define TOKENS 2

typedef float32x4_t vector;
#define vector_zero() vdupq_n_f32(0)
#define vector_fma(a, b, c) vfmaq_f32(c, a, b)

static inline vector expand(const char *p);

static inline vector pairs_of(const float *x)
{
    const float32x2_t two = vld1_f32(x);
    return vcombine_f32(two, two);
}

static inline vector pair_of(const float *x)
{
    const float32x2_t two = vset_lane_f32(*x, vdup_n_f32(0), 0);
    return vcombine_f32(two, two);
}

/* Each vector holds two rows. */
static inline void store_rows(float *y, const vector *acc)
{
    for (size_t k = 0; k < 4; k++)
        vst1q_f32(y + 4 * k, vpaddq_f32(acc[2 * k], acc[2 * k + 1]));
}

#include "kernels/tvl16_halves_tile.h"

#endif
