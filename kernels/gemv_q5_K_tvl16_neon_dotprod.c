/* NEON over panels of q5_K, with the dot-product instruction. */
#include "kernels/neon_dotprod_quad.h"

#include "kernels/neon_q5_K.h"

const mw_kernel mw_gemv_q5_K_tvl16_neon_dotprod = {
    TVL16_KERNEL(MW_Q5_K),
    .op = MW_OP_GEMV,
    .description = "tiled NEON with dot products: panels of 16 rows of 5-bit codes, two streams",
    .fn.gemv = gemv,
};
