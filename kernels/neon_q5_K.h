/* q5_K: codes are unsigned, 0 to 31, and the products of a column of the lanes at most 8 * 31 * 127: they fit 16 bits.
 */
#define CODE_LINES 40
#include "kernels/neon_k_minima.h"

/* A byte has the code of a column and, above it, three bits of the one 16 further on. The fifth line has the others. */
static inline __attribute__((always_inline)) void unpack(int8x16_t w[QUADS], const int8_t *lines)
{
    const uint8x16_t two = vdupq_n_u8(3), rest = vld1q_u8((const uint8_t *)lines + 4 * LINE);
    const uint8x16_t lowest[] = {rest, vshrq_n_u8(rest, 2), vshrq_n_u8(rest, 4), vshrq_n_u8(rest, 6)};
    for (size_t l = 0; l < 4; l++) {
        const uint8x16_t line = vld1q_u8((const uint8_t *)lines + l * LINE);
        w[l] = vreinterpretq_s8_u8(vandq_u8(line, vdupq_n_u8(31)));
        w[l + 4] = vreinterpretq_s8_u8(vbslq_u8(two, lowest[l], vshrq_n_u8(line, 3)));
    }
}

#include "kernels/neon_k_group.h"
