/* AVX-512 for several tokens, with the bits of gemv_f32_avx512.c. */
#define VECTOR_BITS 512
#include "kernels/gemm_f32_rows.h"

const mw_kernel mw_gemm_f32_avx512 = {
    MW_KERNEL_DEFAULTS,
    .name = "avx512",
    .description = "gemv avx512 for several tokens: bit-identical, many sums in parallel",
    .op = MW_OP_GEMM,
    .layout = MW_LAYOUT_ROWMAJOR,
    .isa = MW_ISA_AVX2 | MW_ISA_AVX512,
    .isa_name = "avx512",
    .tile_rows = ROWS,
    .tile_cols = V,
    .fn.gemm = gemm,
};
