/* AVX-512 over plain rows, for comparison with gemv_f32_tvl16_avx512.c. */
#define VECTOR_BITS 512
#include "kernels/gemv_rows.h"

const mw_kernel mw_gemv_f32_avx512 = {
    MW_KERNEL_DEFAULTS,
    .name = "avx512",
    .description = "AVX-512, row-major, one accumulator per row, four streams",
    .op = MW_OP_GEMV,
    .layout = MW_LAYOUT_ROWMAJOR,
    .isa = MW_ISA_AVX2 | MW_ISA_AVX512,
    .isa_name = "avx512",
    .ops = "avx2",
    .tile_rows = STREAMS,
    .tile_cols = V,
    .fn.gemv = gemv,
};
