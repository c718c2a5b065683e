/* NEON over row-major q6_K, without the dot-product instruction. */
#include "kernels/neon_dot.h"

#include "kernels/neon_rows_q6_K.h"

const mw_kernel mw_gemv_q6_K_neon = {
    K_ROWS_KERNEL(MW_Q6_K),
    .description = "NEON, row-major, two streams",
};
