/* NEON over panels of a K format (neon_panel.h), but for groups (neon_k_group.h). neon_quad.h or neon_dotprod_quad.h is
 * included before, and the file of a dtype has defined CODE_LINES, SCALE_BYTES and HALVES (tvl16_k.h). */
#ifndef MW_KERNELS_NEON_K_H
#define MW_KERNELS_NEON_K_H

#include "kernels/neon_panel.h"
#include "kernels/tvl16_k.h"

enum { QUADS = GROUP / 4 };

/* Integers of the 16 rows of a panel. */
typedef struct numbers {
    int32x4_t of[4];
} numbers;

static inline numbers numbers_of_words(int16x8_t top, int16x8_t bottom)
{
    return (numbers){{vmovl_s16(vget_low_s16(top)), vmovl_high_s16(top), vmovl_s16(vget_low_s16(bottom)),
                      vmovl_high_s16(bottom)}};
}

static inline sums add_halves(sums acc, const char *halves, sums products, float sign)
{
    for (size_t k = 0; k < 4; k++) {
        const float32x4_t of_w = vmulq_n_f32(mw_halves_to_floats(halves + 8 * k), sign);
        acc.of[k] = vfmaq_f32(acc.of[k], of_w, products.of[k]);
    }
    return acc;
}

#endif
