/* What q4_0 adds to the loop over rows of blocks. */
#define CODE_BYTES 16
#include "kernels/neon_block_rows.h"

/* Low halves are the first 16 codes, high halves the others. */
static inline void codes_of(const char *p, int8x16_t *w0, int8x16_t *w1)
{
    const uint8x16_t both = vld1q_u8((const uint8_t *)p);
    *w0 = vsubq_s8(vreinterpretq_s8_u8(vandq_u8(both, vdupq_n_u8(15))), vdupq_n_s8(8));
    *w1 = vsubq_s8(vreinterpretq_s8_u8(vshrq_n_u8(both, 4)), vdupq_n_s8(8));
}
