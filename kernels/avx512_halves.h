/* AVX-512 over panels of 16-bit values. The file of a dtype defines expand(), 16 values at p as floats. */
#ifndef MW_KERNELS_AVX512_HALVES_H
#define MW_KERNELS_AVX512_HALVES_H

#define ISA (MW_ISA_AVX2 | MW_ISA_AVX512)
#define ISA_NAME "avx512"
#define ISA_SUFFIX "avx512"
#define SMALL_OPS "avx2"

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

enum { V = 16, STREAMS = 4 };
#define TOKENS 8

typedef __m512 vector;
#define vector_zero _mm512_setzero_ps
#define vector_fma _mm512_fmadd_ps

static inline vector expand(const char *p);

static inline vector pairs_of(const float *x)
{
    double two;
    __builtin_memcpy(&two, x, sizeof two);
    return _mm512_castpd_ps(_mm512_set1_pd(two));
}

static inline vector pair_of(const float *x)
{
    uint32_t one;
    __builtin_memcpy(&one, x, sizeof one);
    return _mm512_castsi512_ps(_mm512_set1_epi64(one));
}

static inline void store_rows(float *y, const vector *acc)
{
    const __m512i evens = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    const __m512i odds = _mm512_add_epi32(evens, _mm512_set1_epi32(1));
    _mm512_storeu_ps(
        y, _mm512_add_ps(_mm512_permutex2var_ps(acc[0], evens, acc[1]), _mm512_permutex2var_ps(acc[0], odds, acc[1])));
}

#include "kernels/tvl16_halves_tile.h"

#endif
