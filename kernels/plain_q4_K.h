/* q4_K: two codes in a byte, 32 apart; in layout tvl 16 apart. */
#define CODE_LINES 32
#include "kernels/k_plain_minima.h"

static inline int code_of(const char *codes, size_t j)
{
    const size_t apart = TILED ? 16 : 32, at = j / (2 * apart) * apart + j % apart;
    return (int)(byte_of(codes, at) >> j / apart % 2 * 4 & 15);
}
