/* gemv_q4_K_tvl16_avx512vnni.c for several tokens. */
#include "kernels/avx512vnni_q4_K.h"

const mw_kernel mw_gemm_q4_K_tvl16_avx512vnni = {
    TVL16_KERNEL(MW_Q4_K),
    .op = MW_OP_GEMM,
    .description = "gemv tvl16_avx512vnni for several tokens: bit-identical",
    .fn.gemm = gemm,
};
