/* What q8_0 adds to the loop over rows of blocks. */
#define CODE_BYTES 32
#include "kernels/neon_block_rows.h"

static inline void codes_of(const char *p, int8x16_t *w0, int8x16_t *w1)
{
    *w0 = vld1q_s8((const int8_t *)p);
    *w1 = vld1q_s8((const int8_t *)p + 16);
}
