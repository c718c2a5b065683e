/* Scales and minima of q4_K and q5_K for k_plain.h: 6 bits each (mw_k_scale in dtype_k.h). */
#ifndef MW_KERNELS_K_PLAIN_MINIMA_H
#define MW_KERNELS_K_PLAIN_MINIMA_H

#define SCALE_BYTES 12
#define HALVES 2
#define HALVES_AT 0
#define SCALES_AT 4
#define CODES_AT 16
#include "kernels/k_plain.h"

static inline unsigned scale_of(const char *scales, size_t g)
{
    return g < 4 ? scale_byte(scales, g) & 63 : (scale_byte(scales, g + 4) & 15) | scale_byte(scales, g - 4) >> 6 << 4;
}

static inline unsigned minimum_of(const char *scales, size_t g)
{
    return g < 4 ? scale_byte(scales, g + 4) & 63 : scale_byte(scales, g + 4) >> 4 | scale_byte(scales, g) >> 6 << 4;
}

static inline int group_sum(const char *scales, const char *codes, size_t g, const int8_t *x)
{
    return (int)scale_of(scales, g) * dot(codes, g * GROUP, x, GROUP);
}

#endif
