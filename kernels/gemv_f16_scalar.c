/* Plain C over row-major f16, vectorizer off. */
#define TILED 0
#define float_of mw_float_of_f16
#include "kernels/plain_halves.h"

const mw_kernel mw_gemv_f16_scalar = {
    PLAIN_KERNEL(MW_F16),
    .name = "scalar",
    .description = "plain C, vectorizer off",
};
