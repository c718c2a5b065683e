/* The GEMV of gemm_q4_0_tvl16_neon_i8mm.c: the loop of gemv_q4_0_tvl16_neon_dotprod.c. */
#include "kernels/neon_i8mm.h"

#include "kernels/neon_dotprod_quad.h"

#include "kernels/neon_q4_0.h"

const mw_kernel mw_gemv_q4_0_tvl16_neon_i8mm = {
    TVL16_KERNEL(MW_Q4_0),
    .op = MW_OP_GEMV,
    .description = "tvl16_neon_dotprod, with a GEMM by products of matrices",
    .fn.gemv = gemv,
};
