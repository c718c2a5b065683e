/* gemv_q4_0_tvl16_avx512vnni.c for several tokens. */
#include "kernels/avx512vnni_q4_0.h"

const mw_kernel mw_gemm_q4_0_tvl16_avx512vnni = {
    MW_KERNEL_DEFAULTS,
    .op = MW_OP_GEMM,
    .name = "tvl16_avx512vnni",
    .description = "gemv tvl16_avx512vnni for several tokens: bit-identical",
    .dtype = MW_Q4_0,
    .layout = MW_LAYOUT_TVL16,
    .isa = MW_ISA_AVX2 | MW_ISA_AVX512 | MW_ISA_AVX512VNNI,
    .isa_name = "avx512vnni",
    .ops = "avx2",
    .tile_rows = R,
    .tile_cols = TILE_COLS,
    .align = LINE,
    .col_multiple = COL_MULTIPLE,
    .fn.gemm = gemm,
};
