/* AVX2 over plain rows of bf16, for comparison with gemv_bf16_tvl16_avx2.c. */
#define VECTOR_BITS 256
#define ISA MW_ISA_AVX2
#define ISA_NAME "avx2"
#define ISA_SUFFIX "avx2"
#define SMALL_OPS "avx2"
#define weights_load(p) \
    _mm256_castsi256_ps( \
        _mm256_slli_epi32(_mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)(const void *)(p))), 16))
#define weight_value mw_float_of_bf16
#include "kernels/half_rows.h"

const mw_kernel mw_gemv_bf16_avx2 = {
    HALF_ROWS_KERNEL(MW_BF16),
    .description = "AVX2, row-major, one accumulator per row, four streams",
};
