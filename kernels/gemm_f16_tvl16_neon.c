/* gemv_f16_tvl16_neon.c for several tokens. */
#include "kernels/neon_f16.h"

const mw_kernel mw_gemm_f16_tvl16_neon = {
    TVL16_KERNEL(MW_F16),
    .op = MW_OP_GEMM,
    .description = "gemv tvl16_neon for several tokens: bit-identical",
    .fn.gemm = gemm,
};
