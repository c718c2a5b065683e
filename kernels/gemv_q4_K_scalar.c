/* Plain C over row-major q4_K, vectorizer off. */
#define TILED 0
#include "kernels/plain_q4_K.h"

const mw_kernel mw_gemv_q4_K_scalar = {
    PLAIN_KERNEL(MW_Q4_K),
    .name = "scalar",
    .description = "plain C, vectorizer off",
};
