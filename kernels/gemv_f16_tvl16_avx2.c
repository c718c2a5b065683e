/* AVX2 over panels of f16. */
#include "kernels/avx2_f16.h"

const mw_kernel mw_gemv_f16_tvl16_avx2 = {
    MW_KERNEL_DEFAULTS,
    .op = MW_OP_GEMV,
    .name = "tvl16_avx2",
    .description = "AVX2, panels of 16 rows of f16, two streams",
    .dtype = MW_F16,
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
