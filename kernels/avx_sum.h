/* Sums over the lanes of a register, and the largest lane. Spelled out, because the order of the compilers' own
 * reductions is theirs to choose, and a GEMM has to add in the order of its GEMV. */
#ifndef MW_KERNELS_AVX_SUM_H
#define MW_KERNELS_AVX_SUM_H

#include <immintrin.h>

static inline float avx_sum8(__m256 v)
{
    __m128 sum = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    sum = _mm_add_ps(sum, _mm_movehl_ps(sum, sum));
    return _mm_cvtss_f32(_mm_add_ss(sum, _mm_movehdup_ps(sum)));
}

static inline float avx_most8(__m256 v)
{
    __m128 most = _mm_max_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    most = _mm_max_ps(most, _mm_movehl_ps(most, most));
    return _mm_cvtss_f32(_mm_max_ss(most, _mm_movehdup_ps(most)));
}

#if defined(__AVX512F__)
static inline float avx_sum16(__m512 v)
{
    const __m256 high = _mm256_castpd_ps(_mm512_extractf64x4_pd(_mm512_castps_pd(v), 1));
    return avx_sum8(_mm256_add_ps(_mm512_castps512_ps256(v), high));
}
#endif

#endif
