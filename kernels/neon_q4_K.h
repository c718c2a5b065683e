/* q4_K: codes are unsigned, 0 to 15, and the products of a column of the lanes at most 8 * 15 * 127. */
#define CODE_LINES 32
#include "kernels/neon_k_minima.h"

/* A byte has the codes of two columns, 16 apart. */
static inline __attribute__((always_inline)) void unpack(int8x16_t w[QUADS], const int8_t *lines)
{
    for (size_t l = 0; l < 4; l++) {
        const int8x16_t line = vld1q_s8(lines + l * LINE);
        w[l] = vandq_s8(line, vdupq_n_s8(15));
        w[l + 4] = vreinterpretq_s8_u8(vshrq_n_u8(vreinterpretq_u8_s8(line), 4));
    }
}

#include "kernels/neon_k_group.h"
