/* Plain C over row-major q8_0, vectorizer off. */
#define TILED 0
#include "kernels/plain_q8_0.h"

const mw_kernel mw_gemv_q8_0_scalar = {
    PLAIN_KERNEL(MW_Q8_0),
    .name = "scalar",
    .description = "plain C, vectorizer off",
};
