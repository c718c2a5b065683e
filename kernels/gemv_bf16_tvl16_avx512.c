/* AVX-512 over panels of bf16. */
#include "kernels/avx512_bf16.h"

const mw_kernel mw_gemv_bf16_tvl16_avx512 = {
    TVL16_KERNEL(MW_BF16),
    .op = MW_OP_GEMV,
    .description = "AVX-512, panels of 16 rows of bf16, four streams",
    .fn.gemv = gemv,
};
