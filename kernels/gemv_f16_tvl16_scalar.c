/* Plain C over panels of f16, vectorizer off. */
#define TILED 1
#define float_of mw_float_of_f16
#include "kernels/plain_halves.h"

const mw_kernel mw_gemv_f16_tvl16_scalar = {
    MW_KERNEL_DEFAULTS,     .op = MW_OP_GEMV,
    .name = "tvl16_scalar", .description = "plain C over panels of 16 rows, vectorizer off",
    .dtype = MW_F16,        .layout = MW_LAYOUT_TVL16,
    .isa = MW_ISA_BASE,     .isa_name = "c",
    .ops = "scalar",        .tile_rows = R,
    .align = ALIGN,         .fn.gemv = gemv,
};
