/* q6_K: codes are 32 below unpacked ones, which are at most 63. The products of 16 columns in a column of the lanes,
 * from the offset's on, stay within 4 * 32 * 127. */
#define CODE_LINES 48
#define SCALE_BYTES 16
#define HALVES 1
#define OFFSET 32
#define SCALES 2
#include "kernels/neon_k.h"

/* Three lines have 16 columns: the codes of 12, and above them two bits each of the other four. */
static inline __attribute__((always_inline)) void unpack(int8x16_t w[QUADS], const int8_t *lines)
{
    for (size_t c = 0; c < QUADS; c += 4) {
        uint8x16_t line[3];
        for (size_t l = 0; l < 3; l++) {
            line[l] = vld1q_u8((const uint8_t *)lines + (c / 4 * 3 + l) * LINE);
            w[c + l] = vreinterpretq_s8_u8(vandq_u8(line[l], vdupq_n_u8(63)));
        }
        const uint8x16_t upper = vsriq_n_u8(vshrq_n_u8(line[2], 2), line[1], 4); /* SRI: shifted, below what is there */
        w[c + 3] = vreinterpretq_s8_u8(vsriq_n_u8(upper, line[0], 6));
    }
}

typedef struct small {
    const int8_t *scales;
} small;

static inline small small_of(const block *at)
{
    return (small){(const int8_t *)at->scales};
}

static inline numbers scales_of(const small *s, size_t g, size_t part)
{
    const int8x16_t rows = vld1q_s8(s->scales + (2 * g + part) * R);
    return numbers_of_words(vmovl_s8(vget_low_s8(rows)), vmovl_high_s8(rows));
}

#include "kernels/neon_k_group.h"
