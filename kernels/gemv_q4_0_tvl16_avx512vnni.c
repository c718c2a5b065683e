/* AVX-512 VNNI over panels of q4_0. */
#include "kernels/avx512vnni_q4_0.h"

const mw_kernel mw_gemv_q4_0_tvl16_avx512vnni = {
    MW_KERNEL_DEFAULTS,
    .op = MW_OP_GEMV,
    .name = "tvl16_avx512vnni",
    .description = "AVX-512 VNNI, panels of 16 rows of 4-bit codes, four streams",
    .dtype = MW_Q4_0,
    .layout = MW_LAYOUT_TVL16,
    .isa = MW_ISA_AVX2 | MW_ISA_AVX512 | MW_ISA_AVX512VNNI,
    .isa_name = "avx512vnni",
    .ops = "avx2",
    .tile_rows = R,
    .tile_cols = TILE_COLS,
    .align = LINE,
    .col_multiple = COL_MULTIPLE,
    .fn.gemv = gemv,
};
