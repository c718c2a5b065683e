/* AVX-512 over panels of f16. */
#include "kernels/avx512_f16.h"

const mw_kernel mw_gemv_f16_tvl16_avx512 = {
    MW_KERNEL_DEFAULTS,
    .op = MW_OP_GEMV,
    .name = "tvl16_avx512",
    .description = "AVX-512, panels of 16 rows of f16, four streams",
    .dtype = MW_F16,
    .layout = MW_LAYOUT_TVL16,
    .isa = MW_ISA_AVX2 | MW_ISA_AVX512,
    .isa_name = "avx512",
    .ops = "avx2",
    .tile_rows = R,
    .tile_cols = TILE_COLS,
    .align = LINE,
    .col_multiple = COL_MULTIPLE,
    .fn.gemv = gemv,
};
