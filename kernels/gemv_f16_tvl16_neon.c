/* NEON over panels of f16. */
#include "kernels/neon_f16.h"

const mw_kernel mw_gemv_f16_tvl16_neon = {
    TVL16_KERNEL(MW_F16),
    .op = MW_OP_GEMV,
    .description = "tiled NEON: panels of 16 rows of f16, two streams",
    .fn.gemv = gemv,
};
