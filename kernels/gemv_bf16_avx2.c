/* AVX2 over plain rows of bf16, for comparison with gemv_bf16_tvl16_avx2.c. */
#define VECTOR_BITS 256
#define WEIGHT uint16_t
#define weights_load(p) \
    _mm256_castsi256_ps( \
        _mm256_slli_epi32(_mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)(const void *)(p))), 16))
#define weight_value mw_float_of_bf16
#include "kernels/gemv_rows.h"

const mw_kernel mw_gemv_bf16_avx2 = {
    MW_KERNEL_DEFAULTS, .op = MW_OP_GEMV,
    .name = "avx2",     .description = "AVX2, row-major, one accumulator per row, four streams",
    .dtype = MW_BF16,   .layout = MW_LAYOUT_ROWMAJOR,
    .isa = MW_ISA_AVX2, .isa_name = "avx2",
    .ops = "avx2",      .tile_rows = STREAMS,
    .tile_cols = V,     .align = 2,
    .fn.gemv = gemv,
};
