/* exp for eight floats: the reduction and the polynomial of exp_terms.h, step by step as neon_exp.h has them. The
 * relative error is below 2 ulp; overflow gives Inf, underflow passes through the denormals to 0, NaN stays NaN. */
#ifndef MW_KERNELS_AVX2_EXP_H
#define MW_KERNELS_AVX2_EXP_H

#include "kernels/exp_terms.h"

#include <immintrin.h>

/* 2^k for -126 <= k <= 127. */
static inline __m256 avx2_pow2(__m256i k)
{
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(k, _mm256_set1_epi32(127)), 23));
}

static inline __m256 avx2_exp(__m256 x)
{
    const __m256 nan = _mm256_cmp_ps(x, x, _CMP_UNORD_Q);
    /* given a NaN and a number these return the second: all that follows is finite */
    const __m256 c = _mm256_min_ps(_mm256_max_ps(x, _mm256_set1_ps(EXP_LEAST)), _mm256_set1_ps(EXP_MOST));
    const __m256 n =
        _mm256_round_ps(_mm256_mul_ps(c, _mm256_set1_ps(EXP_LOG2E)), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    __m256 r = _mm256_fmadd_ps(n, _mm256_set1_ps(EXP_LN2_HIGH), c);
    r = _mm256_fmadd_ps(n, _mm256_set1_ps(EXP_LN2_LOW), r);
    __m256 p = _mm256_set1_ps(EXP_T0);
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(EXP_T1));
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(EXP_T2));
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(EXP_T3));
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(EXP_T4));
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(EXP_T5));
    p = _mm256_add_ps(_mm256_fmadd_ps(p, _mm256_mul_ps(r, r), r), _mm256_set1_ps(1));
    /* 2^n in two factors: n reaches beyond the exponents of one float */
    const __m256i k = _mm256_cvtps_epi32(n), half = _mm256_srai_epi32(k, 1);
    const __m256 y = _mm256_mul_ps(_mm256_mul_ps(p, avx2_pow2(half)), avx2_pow2(_mm256_sub_epi32(k, half)));
    return _mm256_blendv_ps(y, x, nan);
}

#endif
