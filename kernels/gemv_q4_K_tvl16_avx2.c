/* AVX2 over panels of q4_K. */
#include "kernels/avx2_q4_K.h"

const mw_kernel mw_gemv_q4_K_tvl16_avx2 = {
    TVL16_KERNEL(MW_Q4_K),
    .op = MW_OP_GEMV,
    .description = "AVX2, panels of 16 rows of 4-bit codes, four streams",
    .fn.gemv = gemv,
};
