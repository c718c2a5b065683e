/* gemv_q4_0_tvl16_neon_dotprod.c for several tokens. */
#include "kernels/neon_dotprod_quad.h"

#include "kernels/neon_q4_0.h"

const mw_kernel mw_gemm_q4_0_tvl16_neon_dotprod = {
    TVL16_KERNEL(MW_Q4_0),
    .op = MW_OP_GEMM,
    .description = "gemv tvl16_neon_dotprod for several tokens: bit-identical",
    .fn.gemm = gemm,
};
