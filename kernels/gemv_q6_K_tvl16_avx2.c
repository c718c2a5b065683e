/* AVX2 over panels of q6_K. */
#include "kernels/avx2_q6_K.h"

const mw_kernel mw_gemv_q6_K_tvl16_avx2 = {
    TVL16_KERNEL(MW_Q6_K),
    .op = MW_OP_GEMV,
    .description = "AVX2, panels of 16 rows of 6-bit codes, four streams",
    .fn.gemv = gemv,
};
