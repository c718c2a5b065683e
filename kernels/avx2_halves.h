/* AVX2 over panels of 16-bit values. The file of a dtype defines expand(), eight values at p as floats. */
#ifndef MW_KERNELS_AVX2_HALVES_H
#define MW_KERNELS_AVX2_HALVES_H

#define ISA MW_ISA_AVX2
#define ISA_NAME "avx2"
#define ISA_SUFFIX "avx2"
#define SMALL_OPS "avx2"

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

enum { V = 8, STREAMS = 4 };
#define TOKENS 3

typedef __m256 vector;
#define vector_zero _mm256_setzero_ps
#define vector_fma _mm256_fmadd_ps

static inline vector expand(const char *p);

static inline vector pairs_of(const float *x)
{
    double two;
    __builtin_memcpy(&two, x, sizeof two);
    return _mm256_castpd_ps(_mm256_set1_pd(two));
}

static inline vector pair_of(const float *x)
{
    uint32_t one;
    __builtin_memcpy(&one, x, sizeof one);
    return _mm256_castsi256_ps(_mm256_set1_epi64x(one));
}

/* Each vector holds four rows; the sums of neighbours come out in an order that the last step puts right. */
static inline void store_rows(float *y, const vector *acc)
{
    for (size_t k = 0; k < 2; k++) {
        const __m256 sums = _mm256_hadd_ps(acc[2 * k], acc[2 * k + 1]);
        _mm256_storeu_ps(y + 8 * k, _mm256_castpd_ps(_mm256_permute4x64_pd(_mm256_castps_pd(sums), 0xd8)));
    }
}

#include "kernels/tvl16_halves_tile.h"

#endif
