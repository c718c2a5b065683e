/* Lines of q4_0: codes of four columns in the low halves of bytes, those of 16 columns further on in the high ones. */
#define CODE_LINES 4
#define OFFSET 8
#define PARTS 2
#include "kernels/neon_i8mm_blocks.h"

static inline int8x16_t part(int8x16_t zipped, size_t p)
{
    return p ? vreinterpretq_s8_u8(vshrq_n_u8(vreinterpretq_u8_s8(zipped), 4)) : vandq_s8(zipped, vdupq_n_s8(15));
}
