/* Groups of a K format with AVX-512 VNNI, and with them the walk over tiles. The file of a dtype has included
 * avx512vnni_k.h and defined `small` and small_of (tvl16_k_tile.h), `factors`, the small scales of a group, and
 *
 *   factors_of(const small *, size_t g)
 *   unpack(w, codes)   the codes of a group, w[i] those of columns 4 i to 4 i + 3
 *   row_sums(w, factors, const ready_x *)   exact sums of products times scales */
#ifndef MW_KERNELS_AVX512VNNI_K_GROUP_H
#define MW_KERNELS_AVX512VNNI_K_GROUP_H

static inline __attribute__((always_inline)) void add_group(sums *products, const small *s, const char *codes, size_t g,
                                                            const ready_x *x, size_t tokens)
{
    const factors f = factors_of(s, g);
    __m512i w[QUADS];
    unpack(w, codes);
    for (size_t t = 0; t < tokens; t++) {
        const __m512 exact = _mm512_cvtepi32_ps(row_sums(w, f, &x[t]));
        products[t] = _mm512_fmadd_ps(exact, _mm512_set1_ps(x[t].scale), products[t]);
    }
}

#include "kernels/tvl16_k_tile.h"

#endif
