/* Plain C over row-major bf16, vectorizer off. */
#define TILED 0
#define float_of mw_float_of_bf16
#include "kernels/plain_halves.h"

const mw_kernel mw_gemv_bf16_scalar = {
    PLAIN_KERNEL(MW_BF16),
    .name = "scalar",
    .description = "plain C, vectorizer off",
};
