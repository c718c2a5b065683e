/* NEON over panels of q6_K, with the dot-product instruction. */
#include "kernels/neon_dotprod_quad.h"

#include "kernels/neon_q6_K.h"

const mw_kernel mw_gemv_q6_K_tvl16_neon_dotprod = {
    TVL16_KERNEL(MW_Q6_K),
    .op = MW_OP_GEMV,
    .description = "tiled NEON with dot products: panels of 16 rows of 6-bit codes, two streams",
    .fn.gemv = gemv,
};
