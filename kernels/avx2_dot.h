/* Sums of four products in each of eight lanes. Of signed codes |w| is unsigned, and x takes the sign of w. */
#ifndef MW_KERNELS_AVX2_DOT_H
#define MW_KERNELS_AVX2_DOT_H

#define ISA MW_ISA_AVX2
#define ISA_NAME "avx2"
#define ISA_SUFFIX "avx2"
#define SMALL_OPS "avx2"

#include <immintrin.h>

/* w below 128, or pairs of products would not fit 16 bits. */
static inline __m256i dot_unsigned(__m256i w, __m256i x)
{
    return _mm256_madd_epi16(_mm256_maddubs_epi16(w, x), _mm256_set1_epi16(1));
}

static inline __m256i dot_signed(__m256i w, __m256i x)
{
    return dot_unsigned(_mm256_abs_epi8(w), _mm256_sign_epi8(x, w));
}

#endif
