/* NEON over panels of q8_0, without the dot-product instruction. */
#include "kernels/neon_q8_0.h"

const mw_kernel mw_gemv_q8_0_tvl16_neon = {
    MW_KERNEL_DEFAULTS,
    .op = MW_OP_GEMV,
    .name = "tvl16_neon",
    .description = "tiled NEON: panels of 16 rows of int8 codes, two streams",
    .dtype = MW_Q8_0,
    .layout = MW_LAYOUT_TVL16,
    .isa = MW_NEON_ISA,
    .isa_name = MW_NEON_ISA_NAME,
    .ops = "neon",
    .tile_rows = R,
    .tile_cols = TILE_COLS,
    .align = LINE,
    .col_multiple = COL_MULTIPLE,
    .fn.gemv = gemv,
};
