/* AVX-512 VNNI over panels of q4_0. */
#include "kernels/avx512vnni_q4_0.h"

const mw_kernel mw_gemv_q4_0_tvl16_avx512vnni = {
    TVL16_KERNEL(MW_Q4_0),
    .op = MW_OP_GEMV,
    .description = "AVX-512 VNNI, panels of 16 rows of 4-bit codes, one stream",
    .fn.gemv = gemv,
};
