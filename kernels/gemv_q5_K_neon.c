/* NEON over row-major q5_K, without the dot-product instruction. */
#include "kernels/neon_dot.h"

#include "kernels/neon_rows_q5_K.h"

const mw_kernel mw_gemv_q5_K_neon = {
    K_ROWS_KERNEL(MW_Q5_K),
    .description = "NEON, row-major, two streams",
};
