/* AVX-512 over plain rows of f16, for comparison with gemv_f16_tvl16_avx512.c. */
#define VECTOR_BITS 512
#define ISA (MW_ISA_AVX2 | MW_ISA_AVX512)
#define ISA_NAME "avx512"
#define ISA_SUFFIX "avx512"
#define SMALL_OPS "avx2"
#define weights_load(p) _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(const void *)(p)))
#define weight_value mw_float_of_f16
#include "kernels/half_rows.h"

const mw_kernel mw_gemv_f16_avx512 = {
    HALF_ROWS_KERNEL(MW_F16),
    .description = "AVX-512, row-major, one accumulator per row, four streams",
};
