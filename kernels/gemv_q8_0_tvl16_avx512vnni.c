/* AVX-512 VNNI over panels of q8_0. */
#include "kernels/avx512vnni_q8_0.h"

const mw_kernel mw_gemv_q8_0_tvl16_avx512vnni = {
    TVL16_KERNEL(MW_Q8_0),
    .op = MW_OP_GEMV,
    .description = "AVX-512 VNNI, panels of 16 rows of int8 codes, one stream",
    .fn.gemv = gemv,
};
