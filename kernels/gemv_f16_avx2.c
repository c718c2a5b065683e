/* AVX2 over plain rows of f16, for comparison with gemv_f16_tvl16_avx2.c. */
#define VECTOR_BITS 256
#define WEIGHT uint16_t
#define weights_load(p) _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(const void *)(p)))
#define weight_value mw_float_of_f16
#include "kernels/gemv_rows.h"

const mw_kernel mw_gemv_f16_avx2 = {
    MW_KERNEL_DEFAULTS, .op = MW_OP_GEMV,
    .name = "avx2",     .description = "AVX2, row-major, one accumulator per row, four streams",
    .dtype = MW_F16,    .layout = MW_LAYOUT_ROWMAJOR,
    .isa = MW_ISA_AVX2, .isa_name = "avx2",
    .ops = "avx2",      .tile_rows = STREAMS,
    .tile_cols = V,     .align = 2,
    .fn.gemv = gemv,
};
