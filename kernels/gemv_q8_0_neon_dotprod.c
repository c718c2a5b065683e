/* NEON over row-major q8_0, with the dot-product instruction. */
#include "kernels/neon_dotprod_dot.h"
#include "kernels/neon_rows_q8_0.h"

const mw_kernel mw_gemv_q8_0_neon_dotprod = {
    ROWS_KERNEL(MW_Q8_0),
    .description = "NEON with dot products, row-major, two streams",
};
