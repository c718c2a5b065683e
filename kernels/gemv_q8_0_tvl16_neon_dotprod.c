/* NEON over panels of q8_0, with the dot-product instruction. */
#include "kernels/neon_dotprod_q8_0.h"

const mw_kernel mw_gemv_q8_0_tvl16_neon_dotprod = {
    TVL16_KERNEL(MW_Q8_0),
    .op = MW_OP_GEMV,
    .description = "tiled NEON with dot products: panels of 16 rows of int8 codes, two streams",
    .fn.gemv = gemv,
};
