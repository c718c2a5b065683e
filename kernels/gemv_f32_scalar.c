/* The paper's scalar baseline: vectorizer off. */
#include "kernels/gemv_f32_plain.h"

const mw_kernel mw_gemv_f32_scalar = {
    MW_KERNEL_DEFAULTS,
    .name = "scalar",
    .description = "plain C, vectorizer off",
    .op = MW_OP_GEMV,
    .layout = MW_LAYOUT_ROWMAJOR,
    .isa = MW_ISA_BASE,
    .isa_name = "c",
    .ops = "scalar",
    .fn.gemv = gemv_f32_plain,
};
