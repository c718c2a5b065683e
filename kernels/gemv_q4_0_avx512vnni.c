/* AVX-512 VNNI over row-major q4_0, for comparison with gemv_q4_0_tvl16_avx512vnni.c. */
#include "kernels/avx512vnni_dot.h"
#include "kernels/avx_rows_q4_0.h"

const mw_kernel mw_gemv_q4_0_avx512vnni = {
    MW_KERNEL_DEFAULTS,
    .op = MW_OP_GEMV,
    .name = "avx512vnni",
    .description = "AVX-512 VNNI (256 bits), row-major, four streams",
    .dtype = MW_Q4_0,
    .layout = MW_LAYOUT_ROWMAJOR,
    .isa = MW_ISA_AVX2 | MW_ISA_AVX512 | MW_ISA_AVX512VNNI,
    .isa_name = "avx512vnni",
    .ops = "avx2",
    .tile_rows = STREAMS,
    .tile_cols = GROUP,
    .align = 2,
    .col_multiple = GROUP,
    .fn.gemv = gemv,
};
