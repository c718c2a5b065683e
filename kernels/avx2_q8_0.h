/* q8_0: |w| is unsigned, and x takes the sign of w. A pair of products is at most 2 * 128 * 127 and fits 16 bits. */
#define CODE_LINES 8
#define OFFSET 0
#include "kernels/avx2_blocks.h"

static inline __m256i row_products(__m256i w, __m256i x)
{
    const __m256i pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(w), _mm256_sign_epi8(x, w));
    return _mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
}

static inline __m256i add_half(__m256i sum, __m256i first, __m256i second, const int8_t *x, size_t l)
{
    sum = _mm256_add_epi32(sum, row_products(first, four(x, 4 * l)));
    return _mm256_add_epi32(sum, row_products(second, four(x, 4 * l + 4)));
}

static inline __m256i row_sums(__m256i sum)
{
    return sum;
}
