/* q4_0: codes are unsigned, 0 to 15. The pairs of all eight steps are at most 8 * 2 * 15 * 127 and fit 16 bits. */
#define CODE_LINES 4
#define OFFSET 8
#include "kernels/avx2_blocks.h"

static inline __m256i dot(__m256i sum, const char *codes, const int8_t *x)
{
    const __m256i low = _mm256_set1_epi8(15);
    __m256i pairs = _mm256_setzero_si256();
    for (size_t l = 0; l < CODE_LINES; l++) {
        const __m256i w = line_of(codes, l);
        pairs = _mm256_add_epi16(pairs, _mm256_maddubs_epi16(_mm256_and_si256(w, low), four(x, 4 * l)));
        pairs = _mm256_add_epi16(
            pairs, _mm256_maddubs_epi16(_mm256_and_si256(_mm256_srli_epi16(w, 4), low), four(x, 16 + 4 * l)));
    }
    return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}
