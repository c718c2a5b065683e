/* What bf16 adds to the loops over panels. */
#include "kernels/avx512_halves.h"

/* The upper halves of floats. */
static inline vector expand(const char *p)
{
    const __m512i wide = _mm512_cvtepu16_epi32(_mm256_load_si256((const __m256i *)(const void *)p));
    return _mm512_castsi512_ps(_mm512_slli_epi32(wide, 16));
}
