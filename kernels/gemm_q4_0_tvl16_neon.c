/* gemv_q4_0_tvl16_neon.c for several tokens. */
#include "kernels/neon_q4_0.h"

const mw_kernel mw_gemm_q4_0_tvl16_neon = {
    MW_KERNEL_DEFAULTS,
    .op = MW_OP_GEMM,
    .name = "tvl16_neon",
    .description = "gemv tvl16_neon for several tokens: bit-identical",
    .dtype = MW_Q4_0,
    .layout = MW_LAYOUT_TVL16,
    .isa = MW_NEON_ISA,
    .isa_name = MW_NEON_ISA_NAME,
    .ops = "neon",
    .tile_rows = R,
    .tile_cols = TILE_COLS,
    .align = LINE,
    .col_multiple = COL_MULTIPLE,
    .fn.gemm = gemm,
};
