/* Plain C over panels of q8_0, vectorizer off. */
#define TILED 1
#include "kernels/plain_q8_0.h"

const mw_kernel mw_gemv_q8_0_tvl16_scalar = {
    PLAIN_KERNEL(MW_Q8_0),
    .name = "tvl16_scalar",
    .description = "plain C over panels of 16 rows, vectorizer off",
};
