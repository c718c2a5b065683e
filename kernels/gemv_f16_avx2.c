/* AVX2 over plain rows of f16, for comparison with gemv_f16_tvl16_avx2.c. */
#define VECTOR_BITS 256
#define ISA MW_ISA_AVX2
#define ISA_NAME "avx2"
#define ISA_SUFFIX "avx2"
#define SMALL_OPS "avx2"
#define weights_load(p) _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(const void *)(p)))
#define weight_value mw_float_of_f16
#include "kernels/half_rows.h"

const mw_kernel mw_gemv_f16_avx2 = {
    HALF_ROWS_KERNEL(MW_F16),
    .description = "AVX2, row-major, one accumulator per row, four streams",
};
