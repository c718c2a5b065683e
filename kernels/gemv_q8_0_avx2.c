/* AVX2 over row-major q8_0, for comparison with gemv_q8_0_tvl16_avx2.c. */
#include "kernels/avx2_dot.h"
#include "kernels/avx_rows_q8_0.h"

const mw_kernel mw_gemv_q8_0_avx2 = {
    ROWS_KERNEL(MW_Q8_0),
    .description = "AVX2, row-major, four streams",
};
