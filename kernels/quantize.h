/* What kernels that quantize activations share: the scale of a block, and the blocks that get no codes. */
#ifndef MW_KERNELS_QUANTIZE_H
#define MW_KERNELS_QUANTIZE_H

#include "kernels/kernel.h"

enum { GROUP = 32 };

/* `most`: the largest magnitude of a block, as the bits of a float. Fills the block with its scale and zeros. True if
 * it wants codes: those of x are x * *inverse. */
static inline bool scale_for(mw_x8 *to, uint32_t most, float *inverse)
{
    const uint32_t infinity = 0x7f800000, least = (127 - 90) << 23 /* 2^-90 */, quiet = 0x7fc00000;
    float largest;
    *to = (mw_x8){0};
    if (most >= infinity)
        __builtin_memcpy(&to->scale, &quiet, sizeof quiet);
    if (most >= infinity || most < least)
        return false;
    __builtin_memcpy(&largest, &most, sizeof most);
    to->scale = largest / 127;
    *inverse = 127 / largest;
    return true;
}

#endif
