/* AVX2 over panels of q5_K. */
#include "kernels/avx2_q5_K.h"

const mw_kernel mw_gemv_q5_K_tvl16_avx2 = {
    TVL16_KERNEL(MW_Q5_K),
    .op = MW_OP_GEMV,
    .description = "AVX2, panels of 16 rows of 5-bit codes, four streams",
    .fn.gemv = gemv,
};
