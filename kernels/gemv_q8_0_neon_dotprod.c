/* NEON over row-major q8_0, with the dot-product instruction. */
#include "kernels/neon_dotprod_dot.h"
#include "kernels/neon_rows_q8_0.h"

const mw_kernel mw_gemv_q8_0_neon_dotprod = {
    MW_KERNEL_DEFAULTS,     .op = MW_OP_GEMV,
    .name = "neon_dotprod", .description = "NEON with dot products, row-major, two streams",
    .dtype = MW_Q8_0,       .layout = MW_LAYOUT_ROWMAJOR,
    .isa = MW_DOTPROD_ISA,  .isa_name = MW_DOTPROD_ISA_NAME,
    .ops = "neon",          .tile_rows = STREAMS,
    .tile_cols = GROUP,     .align = 2,
    .col_multiple = GROUP,  .fn.gemv = gemv,
};
