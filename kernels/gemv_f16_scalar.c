/* Plain C over row-major f16, vectorizer off. */
#define TILED 0
#define float_of mw_float_of_f16
#include "kernels/plain_halves.h"

const mw_kernel mw_gemv_f16_scalar = {
    MW_KERNEL_DEFAULTS, .op = MW_OP_GEMV,
    .name = "scalar",   .description = "plain C, vectorizer off",
    .dtype = MW_F16,    .layout = MW_LAYOUT_ROWMAJOR,
    .isa = MW_ISA_BASE, .isa_name = "c",
    .ops = "scalar",    .align = ALIGN,
    .fn.gemv = gemv,
};
