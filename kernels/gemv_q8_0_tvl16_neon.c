/* NEON over panels of q8_0, without the dot-product instruction. */
#include "kernels/neon_q8_0.h"

const mw_kernel mw_gemv_q8_0_tvl16_neon = {
    TVL16_KERNEL(MW_Q8_0),
    .op = MW_OP_GEMV,
    .description = "tiled NEON: panels of 16 rows of int8 codes, two streams",
    .fn.gemv = gemv,
};
