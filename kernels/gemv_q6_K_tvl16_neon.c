/* NEON over panels of q6_K, without the dot-product instruction. */
#include "kernels/neon_quad.h"

#include "kernels/neon_q6_K.h"

const mw_kernel mw_gemv_q6_K_tvl16_neon = {
    TVL16_KERNEL(MW_Q6_K),
    .op = MW_OP_GEMV,
    .description = "tiled NEON: panels of 16 rows of 6-bit codes, two streams",
    .fn.gemv = gemv,
};
