/* The plain loop over row-major q8_0 as compiled with -O3. Sums of integers may be reordered, so a compiler can
 * vectorize it. */
#define TILED 0
#include "kernels/plain_q8_0.h"

const mw_kernel mw_gemv_q8_0_autovec = {
    MW_KERNEL_DEFAULTS,    .op = MW_OP_GEMV,
    .name = "autovec",     .description = "plain C, -O3",
    .dtype = MW_Q8_0,      .layout = MW_LAYOUT_ROWMAJOR,
    .isa = MW_ISA_BASE,    .isa_name = "c",
    .ops = "scalar",       .align = ALIGN,
    .col_multiple = GROUP, .fn.gemv = gemv,
};
