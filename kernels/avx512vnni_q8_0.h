/* Lines of q8_0: the codes of four columns. */
#define CODE_LINES 8
#define OFFSET 128
#include "kernels/avx512vnni_blocks.h"

static inline products add_line(products sum, __m512i line, const int8_t *x, size_t l)
{
    return _mm512_dpbusd_epi32(sum, _mm512_xor_si512(line, _mm512_set1_epi8(-128)), four(x, 4 * l));
}
