/* Plain C over row-major q5_K, vectorizer off. */
#define TILED 0
#include "kernels/plain_q5_K.h"

const mw_kernel mw_gemv_q5_K_scalar = {
    PLAIN_KERNEL(MW_Q5_K),
    .name = "scalar",
    .description = "plain C, vectorizer off",
};
