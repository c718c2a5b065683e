/* AVX2 over panels of q4_0. */
#include "kernels/avx2_q4_0.h"

const mw_kernel mw_gemv_q4_0_tvl16_avx2 = {
    TVL16_KERNEL(MW_Q4_0),
    .op = MW_OP_GEMV,
    .description = "AVX2, panels of 16 rows of 4-bit codes, four streams",
    .fn.gemv = gemv,
};
