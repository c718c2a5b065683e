/* gemv_q5_K_tvl16_neon.c for several tokens. */
#include "kernels/neon_quad.h"

#include "kernels/neon_q5_K.h"

const mw_kernel mw_gemm_q5_K_tvl16_neon = {
    TVL16_KERNEL(MW_Q5_K),
    .op = MW_OP_GEMM,
    .description = "gemv tvl16_neon for several tokens: bit-identical",
    .fn.gemm = gemm,
};
