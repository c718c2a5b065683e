/* q6_K: of 128 codes 64 bytes with low halves; behind all of these, 32 with the upper two bits of four codes each. In
 * layout tvl 12 bytes are 16 codes: byte b has code b and above it two bits of code 12 + b % 4. A scale belongs to 16
 * codes. */
#define CODE_LINES 48
#define SCALE_BYTES 16
#define HALVES 1
#define HALVES_AT 208
#define SCALES_AT 192
#define CODES_AT 0
#include "kernels/k_plain.h"

static inline int code_of(const char *codes, size_t j)
{
#if TILED
    const size_t at = j / 16 * 12, b = j % 16;
    if (b < 12)
        return (int)(byte_of(codes, at + b) & 63) - 32;
    return (int)(byte_of(codes, at + b - 12) >> 6 | byte_of(codes, at + b - 8) >> 6 << 2 |
                 byte_of(codes, at + b - 4) >> 6 << 4) -
           32;
#else
    const unsigned low = byte_of(codes, j / 128 * 64 + j % 64) >> j / 64 % 2 * 4 & 15;
    return (int)(low | (byte_of(codes, 128 + j / 128 * 32 + j % 32) >> j / 32 % 4 * 2 & 3) << 4) - 32;
#endif
}

static inline unsigned minimum_of(const char *scales, size_t g)
{
    (void)scales;
    (void)g;
    return 0;
}

static inline int group_sum(const char *scales, const char *codes, size_t g, const int8_t *x)
{
    return (int8_t)scale_byte(scales, 2 * g) * dot(codes, g * GROUP, x, 16) +
           (int8_t)scale_byte(scales, 2 * g + 1) * dot(codes, g * GROUP + 16, x + 16, 16);
}
