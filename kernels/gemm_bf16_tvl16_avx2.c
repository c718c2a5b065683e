/* gemv_bf16_tvl16_avx2.c for several tokens. */
#include "kernels/avx2_bf16.h"

const mw_kernel mw_gemm_bf16_tvl16_avx2 = {
    TVL16_KERNEL(MW_BF16),
    .op = MW_OP_GEMM,
    .description = "gemv tvl16_avx2 for several tokens: bit-identical",
    .fn.gemm = gemm,
};
