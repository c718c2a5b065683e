/* AVX-512 VNNI over panels of q6_K. */
#include "kernels/avx512vnni_q6_K.h"

const mw_kernel mw_gemv_q6_K_tvl16_avx512vnni = {
    TVL16_KERNEL(MW_Q6_K),
    .op = MW_OP_GEMV,
    .description = "AVX-512 VNNI, panels of 16 rows of 6-bit codes, one stream",
    .fn.gemv = gemv,
};
