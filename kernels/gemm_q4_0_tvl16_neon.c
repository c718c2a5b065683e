/* gemv_q4_0_tvl16_neon.c for several tokens. */
#include "kernels/neon_quad.h"

#include "kernels/neon_q4_0.h"

const mw_kernel mw_gemm_q4_0_tvl16_neon = {
    TVL16_KERNEL(MW_Q4_0),
    .op = MW_OP_GEMM,
    .description = "gemv tvl16_neon for several tokens: bit-identical",
    .fn.gemm = gemm,
};
