/* Plain C. The magnitude of a float is its bits without the sign, and these compare like integers; infinity and NaN are
 * the largest of all. */
#include "kernels/quantize.h"

#include <math.h>
#include <string.h>

static void quantize(mw_x8 *to, const float *x, size_t n)
{
    for (; n >= GROUP; n -= GROUP, x += GROUP, to++) {
        uint32_t most = 0;
        for (size_t j = 0; j < GROUP; j++) {
            uint32_t bits;
            memcpy(&bits, x + j, sizeof bits);
            bits &= 0x7fffffff;
            most = bits > most ? bits : most;
        }
        float inverse;
        if (!scale_for(to, most, &inverse))
            continue;
        for (size_t j = 0; j < GROUP; j++) {
            to->codes[j] = (int8_t)rintf(x[j] * inverse);
            to->sum += to->codes[j];
        }
    }
}

const mw_kernel mw_quantize_f32_scalar = {
    MW_KERNEL_DEFAULTS, .name = "scalar", .description = "plain C", .op = MW_OP_QUANTIZE,  .layout = MW_LAYOUT_ROWMAJOR,
    .isa = MW_ISA_BASE, .isa_name = "c",  .tile_cols = GROUP,       .col_multiple = GROUP, .fn.quantize = quantize,
};
