/* q4_0: byte j holds code j in its low half and code j + 16 in its high one. */
#define CODE_LINES 4
#include "kernels/blocks_plain.h"

static inline int code_of(const char *codes, size_t j)
{
    return (int)(byte_of(codes, j % 16) >> (j < 16 ? 0 : 4) & 15) - 8;
}
