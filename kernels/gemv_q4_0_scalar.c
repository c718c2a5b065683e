/* Plain C over row-major q4_0, vectorizer off. */
#define TILED 0
#include "kernels/plain_q4_0.h"

const mw_kernel mw_gemv_q4_0_scalar = {
    PLAIN_KERNEL(MW_Q4_0),
    .name = "scalar",
    .description = "plain C, vectorizer off",
};
