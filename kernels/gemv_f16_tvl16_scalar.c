/* Plain C over panels of f16, vectorizer off. */
#define TILED 1
#define float_of mw_float_of_f16
#include "kernels/plain_halves.h"

const mw_kernel mw_gemv_f16_tvl16_scalar = {
    PLAIN_KERNEL(MW_F16),
    .name = "tvl16_scalar",
    .description = "plain C over panels of 16 rows, vectorizer off",
};
