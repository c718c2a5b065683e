/* gemv_q8_0_tvl16_avx2.c for several tokens. */
#include "kernels/avx2_q8_0.h"

const mw_kernel mw_gemm_q8_0_tvl16_avx2 = {
    TVL16_KERNEL(MW_Q8_0),
    .op = MW_OP_GEMM,
    .description = "gemv tvl16_avx2 for several tokens: bit-identical",
    .fn.gemm = gemm,
};
