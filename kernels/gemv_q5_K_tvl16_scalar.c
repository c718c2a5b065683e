/* Plain C over panels of q5_K, vectorizer off. */
#define TILED 1
#include "kernels/plain_q5_K.h"

const mw_kernel mw_gemv_q5_K_tvl16_scalar = {
    PLAIN_KERNEL(MW_Q5_K),
    .name = "tvl16_scalar",
    .description = "plain C over panels of 16 rows, vectorizer off",
};
