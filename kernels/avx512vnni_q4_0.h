/* Lines of q4_0: codes of four columns in the low halves of bytes, those of 16 columns further in the high ones. */
#define CODE_LINES 4
#define OFFSET 8
#include "kernels/avx512vnni_blocks.h"

static inline products add_line(products sum, __m512i line, const int8_t *x, size_t l)
{
    const __m512i low = _mm512_set1_epi8(15);
    sum = _mm512_dpbusd_epi32(sum, _mm512_and_si512(line, low), four(x, 4 * l));
    return _mm512_dpbusd_epi32(sum, _mm512_and_si512(_mm512_srli_epi16(line, 4), low), four(x, 16 + 4 * l));
}
