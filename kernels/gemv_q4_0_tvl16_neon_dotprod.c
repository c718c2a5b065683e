/* NEON over panels of q4_0, with the dot-product instruction. */
#include "kernels/neon_dotprod_quad.h"

#include "kernels/neon_q4_0.h"

const mw_kernel mw_gemv_q4_0_tvl16_neon_dotprod = {
    TVL16_KERNEL(MW_Q4_0),
    .op = MW_OP_GEMV,
    .description = "tiled NEON with dot products: panels of 16 rows of 4-bit codes, two streams",
    .fn.gemv = gemv,
};
