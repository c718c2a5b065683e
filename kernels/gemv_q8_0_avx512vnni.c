/* AVX-512 VNNI over row-major q8_0, for comparison with gemv_q8_0_tvl16_avx512vnni.c. */
#include "kernels/avx512vnni_dot.h"
#include "kernels/avx_rows_q8_0.h"

const mw_kernel mw_gemv_q8_0_avx512vnni = {
    ROWS_KERNEL(MW_Q8_0),
    .description = "AVX-512 VNNI (256 bits), row-major, four streams",
};
