/* q4_K: codes are unsigned, 0 to 15, and all pairs of a group at most 8 * 2 * 15 * 127, which fits 16 bits. */
#define CODE_LINES 32
#include "kernels/avx2_k_minima.h"

/* A byte has the codes of two columns, 16 apart. */
static inline void unpack(__m256i w[QUADS], const char *codes)
{
    const __m256i low = _mm256_set1_epi8(15);
    for (size_t l = 0; l < 4; l++) {
        const __m256i line = half_line(codes, l);
        w[l] = _mm256_and_si256(line, low);
        w[l + 4] = _mm256_and_si256(_mm256_srli_epi16(line, 4), low);
    }
}

static inline __m256i row_sums(__m256i first, __m256i second, const factors *f, size_t half, const __m256i *x)
{
    (void)x;
    return _mm256_madd_epi16(_mm256_add_epi16(first, second), f->of[half]);
}

#include "kernels/avx2_k_group.h"
