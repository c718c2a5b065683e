/* What f16 adds to the loops over panels. */
#include "kernels/avx512_halves.h"

static inline vector expand(const char *p)
{
    return _mm512_cvtph_ps(_mm256_load_si256((const __m256i *)(const void *)p));
}
