/* gemv_q5_K_tvl16_avx2.c for several tokens. */
#include "kernels/avx2_q5_K.h"

const mw_kernel mw_gemm_q5_K_tvl16_avx2 = {
    TVL16_KERNEL(MW_Q5_K),
    .op = MW_OP_GEMM,
    .description = "gemv tvl16_avx2 for several tokens: bit-identical",
    .fn.gemm = gemm,
};
