/* What q4_0 adds to the loop over rows of blocks. */
#define CODE_BYTES 16
#define OFFSET 8
#define dot dot_unsigned
#include "kernels/avx_block_rows.h"

/* Low halves are the first 16 codes, high halves the others. */
static inline __m256i codes_of(const char *p)
{
    const __m128i both = _mm_loadu_si128((const __m128i *)(const void *)p);
    return _mm256_and_si256(_mm256_set_m128i(_mm_srli_epi16(both, 4), both), _mm256_set1_epi8(15));
}
