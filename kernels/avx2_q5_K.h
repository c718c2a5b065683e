/* q5_K: codes are unsigned, 0 to 31, and the pairs of 16 columns at most 4 * 2 * 31 * 127, which fits 16 bits. */
#define CODE_LINES 40
#include "kernels/avx2_k_minima.h"

/* A byte has the code of a column and, above it, three bits of the one 16 further on. The fifth line has the others. */
static inline void unpack(__m256i w[QUADS], const char *codes)
{
    const __m256i low = _mm256_set1_epi8(31), upper = _mm256_set1_epi8(28), two = _mm256_set1_epi8(3);
    const __m256i rest = half_line(codes, 4);
    for (size_t l = 0; l < 4; l++) {
        const __m256i line = half_line(codes, l), lowest = _mm256_and_si256(_mm256_srli_epi16(rest, 2 * (int)l), two);
        w[l] = _mm256_and_si256(line, low);
        w[l + 4] = _mm256_or_si256(_mm256_and_si256(_mm256_srli_epi16(line, 3), upper), lowest);
    }
}

static inline __m256i row_sums(__m256i first, __m256i second, const factors *f, size_t half, const __m256i *x)
{
    (void)x;
    return _mm256_add_epi32(_mm256_madd_epi16(first, f->of[half]), _mm256_madd_epi16(second, f->of[half]));
}

#include "kernels/avx2_k_group.h"
