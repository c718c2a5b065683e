/* NEON over row-major q5_K, with the dot-product instruction. */
#include "kernels/neon_dotprod_dot.h"

#include "kernels/neon_rows_q5_K.h"

const mw_kernel mw_gemv_q5_K_neon_dotprod = {
    K_ROWS_KERNEL(MW_Q5_K),
    .description = "NEON with dot products, row-major, two streams",
};
