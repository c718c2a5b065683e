/* q4_0: codes are unsigned, 0 to 15. The pairs of all eight steps are at most 8 * 2 * 15 * 127 and fit 16 bits. */
#define CODE_LINES 4
#define OFFSET 8
#include "kernels/avx2_blocks.h"

/* The products of the low codes in w, and of the high ones, which belong to columns 16 further on. */
static inline __m256i add_line(__m256i pairs, __m256i w, const int8_t *x, size_t l)
{
    const __m256i low = _mm256_set1_epi8(15), high = _mm256_and_si256(_mm256_srli_epi16(w, 4), low);
    pairs = _mm256_add_epi16(pairs, _mm256_maddubs_epi16(_mm256_and_si256(w, low), four(x, 4 * l)));
    return _mm256_add_epi16(pairs, _mm256_maddubs_epi16(high, four(x, 16 + 4 * l)));
}

static inline __m256i add_half(__m256i pairs, __m256i first, __m256i second, const int8_t *x, size_t l)
{
    return add_line(add_line(pairs, first, x, l), second, x, l + 1);
}

static inline __m256i row_sums(__m256i pairs)
{
    return _mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
}
