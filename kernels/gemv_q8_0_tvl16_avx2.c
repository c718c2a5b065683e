/* AVX2 over panels of q8_0. */
#include "kernels/avx2_q8_0.h"

const mw_kernel mw_gemv_q8_0_tvl16_avx2 = {
    MW_KERNEL_DEFAULTS,
    .op = MW_OP_GEMV,
    .name = "tvl16_avx2",
    .description = "AVX2, panels of 16 rows of int8 codes, four streams",
    .dtype = MW_Q8_0,
    .layout = MW_LAYOUT_TVL16,
    .isa = MW_ISA_AVX2,
    .isa_name = "avx2",
    .ops = "avx2",
    .tile_rows = R,
    .tile_cols = TILE_COLS,
    .align = LINE,
    .col_multiple = COL_MULTIPLE,
    .fn.gemv = gemv,
};
