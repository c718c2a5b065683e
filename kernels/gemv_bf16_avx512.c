/* AVX-512 over plain rows of bf16, for comparison with gemv_bf16_tvl16_avx512.c. */
#define VECTOR_BITS 512
#define WEIGHT uint16_t
#define weights_load(p) \
    _mm512_castsi512_ps( \
        _mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)(const void *)(p))), 16))
#define weight_value mw_float_of_bf16
#include "kernels/gemv_rows.h"

const mw_kernel mw_gemv_bf16_avx512 = {
    MW_KERNEL_DEFAULTS,
    .op = MW_OP_GEMV,
    .name = "avx512",
    .description = "AVX-512, row-major, one accumulator per row, four streams",
    .dtype = MW_BF16,
    .layout = MW_LAYOUT_ROWMAJOR,
    .isa = MW_ISA_AVX2 | MW_ISA_AVX512,
    .isa_name = "avx512",
    .ops = "avx2",
    .tile_rows = STREAMS,
    .tile_cols = V,
    .align = 2,
    .fn.gemv = gemv,
};
