/* gemv_q8_0_tvl16_neon_i8mm.c for several tokens, with products of matrices. */
#include "kernels/neon_i8mm_q8_0.h"

const mw_kernel mw_gemm_q8_0_tvl16_neon_i8mm = {
    TVL16_KERNEL(MW_Q8_0),
    .op = MW_OP_GEMM,
    .description = "gemv tvl16_neon_i8mm for several tokens: bit-identical",
    .fn.gemm = gemm,
};
