/* q5_K: a byte has the code of a column and, above it, three bits of the one 16 further on. The fifth line has the
 * others. */
#define CODE_LINES 40
#include "kernels/avx512vnni_k_minima.h"

static inline void unpack(__m512i w[QUADS], const char *codes)
{
    const __m512i low = _mm512_set1_epi8(31), upper = _mm512_set1_epi8(28), two = _mm512_set1_epi8(3);
    const __m512i rest = line_of(codes, 4);
    for (size_t l = 0; l < 4; l++) {
        const __m512i line = line_of(codes, l),
                      lowest = _mm512_and_si512(_mm512_srli_epi16(rest, 2 * (unsigned)l), two);
        w[l] = _mm512_and_si512(line, low);
        w[l + 4] = _mm512_ternarylogic_epi32(_mm512_srli_epi16(line, 3), upper, lowest, AND_OR);
    }
}

#include "kernels/avx512vnni_k_group.h"
