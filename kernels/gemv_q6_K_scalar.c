/* Plain C over row-major q6_K, vectorizer off. */
#define TILED 0
#include "kernels/plain_q6_K.h"

const mw_kernel mw_gemv_q6_K_scalar = {
    PLAIN_KERNEL(MW_Q6_K),
    .name = "scalar",
    .description = "plain C, vectorizer off",
};
