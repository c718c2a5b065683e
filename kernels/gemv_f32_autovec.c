/* The loop as compiled with -O3 alone. C forbids reordering the sum, so the additions stay a serial chain. */
#include "kernels/gemv_f32_plain.h"

const mw_kernel mw_gemv_f32_autovec = {
    MW_KERNEL_DEFAULTS,
    .name = "autovec",
    .description = "plain C, -O3: the sum may not be reordered",
    .op = MW_OP_GEMV,
    .layout = MW_LAYOUT_ROWMAJOR,
    .isa = MW_ISA_BASE,
    .isa_name = "c",
    .ops = "scalar",
    .fn.gemv = gemv_f32_plain,
};
