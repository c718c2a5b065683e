/* NEON over row-major q4_K, without the dot-product instruction. */
#include "kernels/neon_dot.h"

#include "kernels/neon_rows_q4_K.h"

const mw_kernel mw_gemv_q4_K_neon = {
    K_ROWS_KERNEL(MW_Q4_K),
    .description = "NEON, row-major, two streams",
};
