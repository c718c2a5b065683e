/* Plain C over panels of bf16, vectorizer off. */
#define TILED 1
#define float_of mw_float_of_bf16
#include "kernels/plain_halves.h"

const mw_kernel mw_gemv_bf16_tvl16_scalar = {
    PLAIN_KERNEL(MW_BF16),
    .name = "tvl16_scalar",
    .description = "plain C over panels of 16 rows, vectorizer off",
};
