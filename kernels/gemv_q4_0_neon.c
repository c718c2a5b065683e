/* NEON over row-major q4_0, without the dot-product instruction. */
#include "kernels/neon_dot.h"
#include "kernels/neon_rows_q4_0.h"

const mw_kernel mw_gemv_q4_0_neon = {
    ROWS_KERNEL(MW_Q4_0),
    .description = "NEON, row-major, two streams",
};
