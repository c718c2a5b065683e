/* Plain C over panels of q8_0, vectorizer off. */
#define TILED 1
#include "kernels/plain_q8_0.h"

const mw_kernel mw_gemv_q8_0_tvl16_scalar = {
    MW_KERNEL_DEFAULTS,     .op = MW_OP_GEMV,
    .name = "tvl16_scalar", .description = "plain C over panels of 16 rows, vectorizer off",
    .dtype = MW_Q8_0,       .layout = MW_LAYOUT_TVL16,
    .isa = MW_ISA_BASE,     .isa_name = "c",
    .ops = "scalar",        .tile_rows = R,
    .align = ALIGN,         .col_multiple = GROUP,
    .fn.gemv = gemv,
};
