/* What f16 adds to the loops over panels. */
#include "kernels/avx2_halves.h"

static inline vector expand(const char *p)
{
    return _mm256_cvtph_ps(_mm_load_si128((const __m128i *)(const void *)p));
}
