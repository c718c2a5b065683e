/* gemv_q5_K_tvl16_neon_dotprod.c for several tokens. */
#include "kernels/neon_dotprod_quad.h"

#include "kernels/neon_q5_K.h"

const mw_kernel mw_gemm_q5_K_tvl16_neon_dotprod = {
    TVL16_KERNEL(MW_Q5_K),
    .op = MW_OP_GEMM,
    .description = "gemv tvl16_neon_dotprod for several tokens: bit-identical",
    .fn.gemm = gemm,
};
