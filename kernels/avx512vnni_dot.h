/* Sums of four products in each of eight lanes. Of signed codes |w| is unsigned, and x takes the sign of w. */
#ifndef MW_KERNELS_AVX512VNNI_DOT_H
#define MW_KERNELS_AVX512VNNI_DOT_H

#define ISA (MW_ISA_AVX2 | MW_ISA_AVX512 | MW_ISA_AVX512VNNI)
#define ISA_NAME "avx512vnni"
#define ISA_SUFFIX "avx512vnni"
#define SMALL_OPS "avx2"

#include <immintrin.h>

static inline __m256i dot_unsigned(__m256i w, __m256i x)
{
    return _mm256_dpbusd_epi32(_mm256_setzero_si256(), w, x);
}

static inline __m256i dot_signed(__m256i w, __m256i x)
{
    return dot_unsigned(_mm256_abs_epi8(w), _mm256_sign_epi8(x, w));
}

#endif
