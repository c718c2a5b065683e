/* The GEMV of gemm_q8_0_tvl16_neon_i8mm.c: the loop of gemv_q8_0_tvl16_neon_dotprod.c. */
#include "kernels/neon_i8mm.h"

#include "kernels/neon_dotprod_q8_0.h"

const mw_kernel mw_gemv_q8_0_tvl16_neon_i8mm = {
    TVL16_KERNEL(MW_Q8_0),
    .op = MW_OP_GEMV,
    .description = "tvl16_neon_dotprod, with a GEMM by products of matrices",
    .fn.gemv = gemv,
};
