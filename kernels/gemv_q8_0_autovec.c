/* The plain loop over row-major q8_0 as compiled with -O3. Sums of integers may be reordered, so a compiler can
 * vectorize it. */
#define TILED 0
#include "kernels/plain_q8_0.h"

const mw_kernel mw_gemv_q8_0_autovec = {
    PLAIN_KERNEL(MW_Q8_0),
    .name = "autovec",
    .description = "plain C, -O3",
};
