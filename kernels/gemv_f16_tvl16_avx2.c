/* AVX2 over panels of f16. */
#include "kernels/avx2_f16.h"

const mw_kernel mw_gemv_f16_tvl16_avx2 = {
    TVL16_KERNEL(MW_F16),
    .op = MW_OP_GEMV,
    .description = "AVX2, panels of 16 rows of f16, four streams",
    .fn.gemv = gemv,
};
