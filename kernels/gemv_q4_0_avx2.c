/* AVX2 over row-major q4_0, for comparison with gemv_q4_0_tvl16_avx2.c. */
#include "kernels/avx2_dot.h"
#include "kernels/avx_rows_q4_0.h"

const mw_kernel mw_gemv_q4_0_avx2 = {
    MW_KERNEL_DEFAULTS,    .op = MW_OP_GEMV,
    .name = "avx2",        .description = "AVX2, row-major, four streams",
    .dtype = MW_Q4_0,      .layout = MW_LAYOUT_ROWMAJOR,
    .isa = MW_ISA_AVX2,    .isa_name = "avx2",
    .ops = "avx2",         .tile_rows = STREAMS,
    .tile_cols = GROUP,    .align = 2,
    .col_multiple = GROUP, .fn.gemv = gemv,
};
