/* NEON over panels of bf16. */
#include "kernels/neon_bf16.h"

const mw_kernel mw_gemv_bf16_tvl16_neon = {
    TVL16_KERNEL(MW_BF16),
    .op = MW_OP_GEMV,
    .description = "tiled NEON: panels of 16 rows of bf16, two streams",
    .fn.gemv = gemv,
};
