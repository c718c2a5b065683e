/* NEON over panels of a block format (neon_panel.h).
 *
 * The files of an instruction set and a dtype have defined ISA and its like (tvl16_walk.h), CODE_LINES, OFFSET
 * (unpacked code minus code of W) and quad, the type of the sums of products of four rows. After this they define
 * quad_zero(), add_quad(quad, codes of lines l and l + 1, codes of x, l), and row_sums(quad), one sum per row. */
#ifndef MW_KERNELS_NEON_BLOCKS_H
#define MW_KERNELS_NEON_BLOCKS_H

#include "kernels/neon_panel.h"
#include "kernels/tvl16_blocks.h"

typedef struct products {
    quad of[4];
} products;

static inline quad quad_zero(void);
static inline quad add_quad(quad sum, int8x16_t first, int8x16_t second, const int8_t *x, size_t l);
static inline int32x4_t row_sums(quad sum);

static inline products products_zero(void)
{
    return (products){{quad_zero(), quad_zero(), quad_zero(), quad_zero()}};
}

static inline __attribute__((always_inline)) products add_lines(products sum, const char *lines, const int8_t *x,
                                                                size_t l)
{
    const int8_t *codes = (const int8_t *)lines;
    for (size_t k = 0; k < 4; k++)
        sum.of[k] = add_quad(sum.of[k], vld1q_s8(codes + 16 * k), vld1q_s8(codes + LINE + 16 * k), x, l);
    return sum;
}

static inline __attribute__((always_inline)) sums add_block(sums acc, products sum, const char *scales, const mw_x8 *x)
{
    for (size_t k = 0; k < 4; k++) {
        const int32x4_t exact = vaddq_s32(row_sums(sum.of[k]), vdupq_n_s32(-OFFSET * x->sum));
        const float32x4_t of_w = mw_halves_to_floats(scales + 8 * k);
        acc.of[k] = vfmaq_f32(acc.of[k], vcvtq_f32_s32(exact), vmulq_n_f32(of_w, x->scale));
    }
    return acc;
}

#include "kernels/tvl16_blocks_tile.h"

#endif
