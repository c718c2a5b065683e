/* AVX2 over panels of bf16. */
#include "kernels/avx2_bf16.h"

const mw_kernel mw_gemv_bf16_tvl16_avx2 = {
    TVL16_KERNEL(MW_BF16),
    .op = MW_OP_GEMV,
    .description = "AVX2, panels of 16 rows of bf16, four streams",
    .fn.gemv = gemv,
};
