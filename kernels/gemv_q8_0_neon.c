/* NEON over row-major q8_0, without the dot-product instruction. */
#include "kernels/neon_dot.h"
#include "kernels/neon_rows_q8_0.h"

const mw_kernel mw_gemv_q8_0_neon = {
    ROWS_KERNEL(MW_Q8_0),
    .description = "NEON, row-major, two streams",
};
