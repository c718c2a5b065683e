/* q8_0: a byte is a code. */
#define CODE_LINES 8
#include "kernels/blocks_plain.h"

static inline int code_of(const char *codes, size_t j)
{
    return (int8_t)byte_of(codes, j);
}
