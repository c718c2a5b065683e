/* AVX2 for several tokens, with the bits of gemv_f32_avx2.c. */
#define VECTOR_BITS 256
#include "kernels/gemm_f32_rows.h"

const mw_kernel mw_gemm_f32_avx2 = {
    MW_KERNEL_DEFAULTS,
    .name = "avx2",
    .description = "gemv avx2 for several tokens: bit-identical, many sums in parallel",
    .op = MW_OP_GEMM,
    .layout = MW_LAYOUT_ROWMAJOR,
    .isa = MW_ISA_AVX2,
    .isa_name = "avx2",
    .tile_rows = ROWS,
    .tile_cols = V,
    .fn.gemm = gemm,
};
