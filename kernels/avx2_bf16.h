/* What bf16 adds to the loops over panels. */
#include "kernels/avx2_halves.h"

/* The upper halves of floats. */
static inline vector expand(const char *p)
{
    const __m256i wide = _mm256_cvtepu16_epi32(_mm_load_si128((const __m128i *)(const void *)p));
    return _mm256_castsi256_ps(_mm256_slli_epi32(wide, 16));
}
