/* gemv_q4_K_tvl16_avx2.c for several tokens. */
#include "kernels/avx2_q4_K.h"

const mw_kernel mw_gemm_q4_K_tvl16_avx2 = {
    TVL16_KERNEL(MW_Q4_K),
    .op = MW_OP_GEMM,
    .description = "gemv tvl16_avx2 for several tokens: bit-identical",
    .fn.gemm = gemm,
};
