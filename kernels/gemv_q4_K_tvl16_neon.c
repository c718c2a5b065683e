/* NEON over panels of q4_K, without the dot-product instruction. */
#include "kernels/neon_quad.h"

#include "kernels/neon_q4_K.h"

const mw_kernel mw_gemv_q4_K_tvl16_neon = {
    TVL16_KERNEL(MW_Q4_K),
    .op = MW_OP_GEMV,
    .description = "tiled NEON: panels of 16 rows of 4-bit codes, two streams",
    .fn.gemv = gemv,
};
