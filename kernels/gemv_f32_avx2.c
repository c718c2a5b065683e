/* AVX2 over plain rows, for comparison with gemv_f32_tvl16_avx2.c. */
#define VECTOR_BITS 256
#include "kernels/gemv_rows.h"

const mw_kernel mw_gemv_f32_avx2 = {
    MW_KERNEL_DEFAULTS,
    .name = "avx2",
    .description = "AVX2, row-major, one accumulator per row, four streams",
    .op = MW_OP_GEMV,
    .layout = MW_LAYOUT_ROWMAJOR,
    .isa = MW_ISA_AVX2,
    .isa_name = "avx2",
    .ops = "avx2",
    .tile_rows = STREAMS,
    .tile_cols = V,
    .fn.gemv = gemv,
};
