/* Groups of a K format with NEON, and with them the walk over tiles. The file of a dtype has included neon_k.h and
 * defined OFFSET (unpacked code minus code of W), SCALES (how many small scales a group has), `small`, small_of and, if
 * there are minima, add_minima (tvl16_k_tile.h), and
 *
 *   unpack(w, lines)   the codes of a group in four rows, w[i] those of columns 4 i to 4 i + 3
 *   scales_of(const small *, size_t g, size_t p)   small scales p of group g, of 16 rows */
#ifndef MW_KERNELS_NEON_K_GROUP_H
#define MW_KERNELS_NEON_K_GROUP_H

enum { QUADS_OF_SCALE = QUADS / SCALES };

/* `start`: sums that begin with what takes the offset off, for each small scale. */
typedef struct ready_x {
    const int8_t *codes;
    quad start[SCALES];
    float scale;
} ready_x;

static inline ready_x ready(const mw_x8 *x)
{
    ready_x to; /* an initializer would clear all of it first */
    to.codes = x->codes;
    to.scale = x->scale;
    for (size_t p = 0; p < SCALES; p++) {
        to.start[p] = quad_zero();
        for (size_t i = p * QUADS_OF_SCALE; OFFSET != 0 && i < (p + 1) * QUADS_OF_SCALE; i++)
            to.start[p] = quad_add(to.start[p], vdupq_n_s8(-OFFSET), four(x->codes, 4 * i));
    }
    return to;
}

static inline __attribute__((always_inline)) void add_group(sums *products, const small *s, const char *codes, size_t g,
                                                            const ready_x *x, size_t tokens)
{
    numbers scales[SCALES];
    for (size_t p = 0; p < SCALES; p++)
        scales[p] = scales_of(s, g, p);
    for (size_t k = 0; k < 4; k++) {
        int8x16_t w[QUADS];
        unpack(w, (const int8_t *)codes + 16 * k);
        for (size_t t = 0; t < tokens; t++) {
            int32x4_t exact = vdupq_n_s32(0);
            for (size_t p = 0; p < SCALES; p++) {
                quad sum = x[t].start[p];
                for (size_t i = p * QUADS_OF_SCALE; i < (p + 1) * QUADS_OF_SCALE; i++)
                    sum = quad_add(sum, w[i], four(x[t].codes, 4 * i));
                exact = vmlaq_s32(exact, row_sums(sum), scales[p].of[k]);
            }
            products[t].of[k] = vfmaq_n_f32(products[t].of[k], vcvtq_f32_s32(exact), x[t].scale);
        }
    }
}

#include "kernels/tvl16_k_tile.h"

#endif
