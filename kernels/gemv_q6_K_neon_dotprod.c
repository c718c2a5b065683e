/* NEON over row-major q6_K, with the dot-product instruction. */
#include "kernels/neon_dotprod_dot.h"

#include "kernels/neon_rows_q6_K.h"

const mw_kernel mw_gemv_q6_K_neon_dotprod = {
    K_ROWS_KERNEL(MW_Q6_K),
    .description = "NEON with dot products, row-major, two streams",
};
