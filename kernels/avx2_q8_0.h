/* q8_0: |w| is unsigned, and x takes the sign of w. A pair of products is at most 2 * 128 * 127 and fits 16 bits. */
#define CODE_LINES 8
#define OFFSET 0
#include "kernels/avx2_blocks.h"

static inline __m256i dot(__m256i sum, const char *codes, const int8_t *x)
{
    for (size_t l = 0; l < CODE_LINES; l++) {
        const __m256i w = line_of(codes, l);
        const __m256i pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(w), _mm256_sign_epi8(four(x, 4 * l), w));
        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
    }
    return sum;
}
