/* gemv_q6_K_tvl16_avx512vnni.c for several tokens. */
#include "kernels/avx512vnni_q6_K.h"

const mw_kernel mw_gemm_q6_K_tvl16_avx512vnni = {
    TVL16_KERNEL(MW_Q6_K),
    .op = MW_OP_GEMM,
    .description = "gemv tvl16_avx512vnni for several tokens: bit-identical",
    .fn.gemm = gemm,
};
