/* What q8_0 adds to the loop over rows of blocks. */
#define CODE_BYTES 32
#define OFFSET 0
#define dot dot_signed
#include "kernels/avx_block_rows.h"

static inline __m256i codes_of(const char *p)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)p);
}
