/* Groups of a K format with AVX2, and with them the walk over tiles. The file of a dtype has included avx2_k.h and
 * defined `small` and small_of (tvl16_k_tile.h), `factors`, the small scales of a group, and
 *
 *   factors_of(const small *, size_t g)
 *   unpack(w, codes)   the codes of a group in eight rows, w[i] those of columns 4 i to 4 i + 3
 *   row_sums(first, second, const factors *, half, quads)
 *                      sums of products times scales, out of the pairs of products of the first 16 columns and of the
 *                      second; `half`: of the rows */
#ifndef MW_KERNELS_AVX2_K_GROUP_H
#define MW_KERNELS_AVX2_K_GROUP_H

/* Pairs of products of columns 4 i to 4 i + 15, in 16 bits: with unsigned codes up to 31 none is too large. */
static inline __m256i pairs_of(const __m256i w[QUADS], const __m256i x[QUADS], size_t i)
{
    __m256i pairs = _mm256_maddubs_epi16(w[i], x[i]);
    for (size_t k = i + 1; k < i + 4; k++)
        pairs = _mm256_add_epi16(pairs, _mm256_maddubs_epi16(w[k], x[k]));
    return pairs;
}

static inline __attribute__((always_inline)) void add_group(sums *products, const small *s, const char *codes, size_t g,
                                                            const ready_x *x, size_t tokens)
{
    const factors f = factors_of(s, g);
    for (size_t h = 0; h < 2; h++) {
        __m256i w[QUADS];
        unpack(w, codes + h * LINE / 2);
        for (size_t t = 0; t < tokens; t++) {
            const __m256i exact = row_sums(pairs_of(w, x[t].quads, 0), pairs_of(w, x[t].quads, 4), &f, h, x[t].quads);
            products[t].of[h] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(exact), x[t].scale, products[t].of[h]);
        }
    }
}

#include "kernels/tvl16_k_tile.h"

#endif
