/* gemv_f16_tvl16_avx512.c for several tokens. */
#include "kernels/avx512_f16.h"

const mw_kernel mw_gemm_f16_tvl16_avx512 = {
    TVL16_KERNEL(MW_F16),
    .op = MW_OP_GEMM,
    .description = "gemv tvl16_avx512 for several tokens: bit-identical",
    .fn.gemm = gemm,
};
