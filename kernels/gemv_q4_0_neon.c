/* NEON over row-major q4_0, without the dot-product instruction. */
#include "kernels/neon_dot.h"
#include "kernels/neon_rows_q4_0.h"

const mw_kernel mw_gemv_q4_0_neon = {
    MW_KERNEL_DEFAULTS,    .op = MW_OP_GEMV,
    .name = "neon",        .description = "NEON, row-major, two streams",
    .dtype = MW_Q4_0,      .layout = MW_LAYOUT_ROWMAJOR,
    .isa = MW_NEON_ISA,    .isa_name = MW_NEON_ISA_NAME,
    .ops = "neon",         .tile_rows = STREAMS,
    .tile_cols = GROUP,    .align = 2,
    .col_multiple = GROUP, .fn.gemv = gemv,
};
