/* The loop with permission to reorder the sum, for the build's base instruction set. */
#include "kernels/gemv_f32_plain.h"

const mw_kernel mw_gemv_f32_autovec_assoc = {
    MW_KERNEL_DEFAULTS,
    .name = "autovec_assoc",
    .description = "plain C, -O3, associative math, base ISA",
    .op = MW_OP_GEMV,
    .layout = MW_LAYOUT_ROWMAJOR,
    .isa = MW_ISA_BASE,
    .isa_name = "c",
    .ops = "neon",
    .fn.gemv = gemv_f32_plain,
};
