/* Plain C over row-major q8_0, vectorizer off. */
#define TILED 0
#include "kernels/plain_q8_0.h"

const mw_kernel mw_gemv_q8_0_scalar = {
    MW_KERNEL_DEFAULTS,    .op = MW_OP_GEMV,
    .name = "scalar",      .description = "plain C, vectorizer off",
    .dtype = MW_Q8_0,      .layout = MW_LAYOUT_ROWMAJOR,
    .isa = MW_ISA_BASE,    .isa_name = "c",
    .ops = "scalar",       .align = ALIGN,
    .col_multiple = GROUP, .fn.gemv = gemv,
};
