/* q5_K: 32 bytes with the fifth bits of all groups, then the others as in q4_K. In layout tvl 20 bytes are a group:
 * byte b < 16 has code b and above it bits 2 to 4 of code b + 16, whose bits 0 and 1 are in byte 16 + b % 4. */
#define CODE_LINES 40
#include "kernels/k_plain_minima.h"

static inline int code_of(const char *codes, size_t j)
{
#if TILED
    const size_t at = j / GROUP * 20, b = j % 16;
    const unsigned byte = byte_of(codes, at + b);
    return (int)(j % GROUP < 16 ? byte & 31 : byte >> 5 << 2 | (byte_of(codes, at + 16 + b % 4) >> b / 4 * 2 & 3));
#else
    const unsigned low = byte_of(codes, 32 + j / 64 * 32 + j % 32) >> j / 32 % 2 * 4 & 15;
    return (int)(low | (byte_of(codes, j % 32) >> j / 32 & 1) << 4);
#endif
}
