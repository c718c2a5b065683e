/* AVX2 over panels of a K format, eight rows in a vector, one 32-bit lane each (see avx2_blocks.h). Pairs of products
 * are added up in 16 bits for 16 columns; VPMADDWD then multiplies by small scales and makes 32 bits of them. */
#ifndef MW_KERNELS_AVX2_K_H
#define MW_KERNELS_AVX2_K_H

#define ISA MW_ISA_AVX2
#define ISA_NAME "avx2"
#define ISA_SUFFIX "avx2"
#define SMALL_OPS "avx2"

#include "kernels/tvl16_k.h"

#include <immintrin.h>

enum { STREAMS = 4, QUADS = GROUP / 4 };
#define TOKENS 3

/* Rows 0 to 7 of a panel, and 8 to 15. */
typedef struct sums {
    __m256 of[2];
} sums;

static inline sums sums_zero(void)
{
    return (sums){{_mm256_setzero_ps(), _mm256_setzero_ps()}};
}

static inline void sums_store(float *to, sums s)
{
    _mm256_storeu_ps(to, s.of[0]);
    _mm256_storeu_ps(to + 8, s.of[1]);
}

/* Four codes of x in every lane of a vector, and the scale of x in every lane. */
typedef struct ready_x {
    __m256i quads[QUADS];
    __m256 scale;
} ready_x;

static inline __attribute__((always_inline)) ready_x ready(const mw_x8 *x)
{
    ready_x to = {.scale = _mm256_set1_ps(x->scale)};
    for (size_t i = 0; i < QUADS; i++) {
        int32_t lane;
        __builtin_memcpy(&lane, x->codes + 4 * i, sizeof lane);
        to.quads[i] = _mm256_set1_epi32(lane);
    }
    return to;
}

static inline sums add_halves(sums acc, const char *halves, sums products, float sign)
{
    for (size_t h = 0; h < 2; h++) {
        const __m256 of_w = _mm256_cvtph_ps(_mm_load_si128((const __m128i *)(const void *)(halves + 16 * h)));
        acc.of[h] = sign > 0 ? _mm256_fmadd_ps(of_w, products.of[h], acc.of[h])
                             : _mm256_fnmadd_ps(of_w, products.of[h], acc.of[h]);
    }
    return acc;
}

/* Line l, of the rows of a half. */
static inline __m256i half_line(const char *codes, size_t l)
{
    return _mm256_load_si256((const __m256i *)(const void *)(codes + l * LINE));
}

#endif
