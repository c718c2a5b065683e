/* q4_K: a byte has the codes of two columns, 16 apart. */
#define CODE_LINES 32
#include "kernels/avx512vnni_k_minima.h"

static inline void unpack(__m512i w[QUADS], const char *codes)
{
    const __m512i low = _mm512_set1_epi8(15);
    for (size_t l = 0; l < 4; l++) {
        const __m512i line = line_of(codes, l);
        w[l] = _mm512_and_si512(line, low);
        w[l + 4] = _mm512_and_si512(_mm512_srli_epi16(line, 4), low);
    }
}

#include "kernels/avx512vnni_k_group.h"
