/* AVX2 over panels of q8_0. */
#include "kernels/avx2_q8_0.h"

const mw_kernel mw_gemv_q8_0_tvl16_avx2 = {
    TVL16_KERNEL(MW_Q8_0),
    .op = MW_OP_GEMV,
    .description = "AVX2, panels of 16 rows of int8 codes, four streams",
    .fn.gemv = gemv,
};
