/* AVX-512 over plain rows of bf16, for comparison with gemv_bf16_tvl16_avx512.c. */
#define VECTOR_BITS 512
#define ISA (MW_ISA_AVX2 | MW_ISA_AVX512)
#define ISA_NAME "avx512"
#define ISA_SUFFIX "avx512"
#define SMALL_OPS "avx2"
#define weights_load(p) \
    _mm512_castsi512_ps( \
        _mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)(const void *)(p))), 16))
#define weight_value mw_float_of_bf16
#include "kernels/half_rows.h"

const mw_kernel mw_gemv_bf16_avx512 = {
    HALF_ROWS_KERNEL(MW_BF16),
    .description = "AVX-512, row-major, one accumulator per row, four streams",
};
