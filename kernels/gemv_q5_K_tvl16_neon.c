/* NEON over panels of q5_K, without the dot-product instruction. */
#include "kernels/neon_quad.h"

#include "kernels/neon_q5_K.h"

const mw_kernel mw_gemv_q5_K_tvl16_neon = {
    TVL16_KERNEL(MW_Q5_K),
    .op = MW_OP_GEMV,
    .description = "tiled NEON: panels of 16 rows of 5-bit codes, two streams",
    .fn.gemv = gemv,
};
