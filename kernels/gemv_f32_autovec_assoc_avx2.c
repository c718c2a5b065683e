/* The loop with permission to reorder the sum, for AVX2 and FMA. */
#include "kernels/gemv_f32_plain.h"

const mw_kernel mw_gemv_f32_autovec_assoc_avx2 = {
    MW_KERNEL_DEFAULTS,
    .name = "autovec_assoc_avx2",
    .description = "plain C, -O3, associative math, AVX2",
    .op = MW_OP_GEMV,
    .layout = MW_LAYOUT_ROWMAJOR,
    .isa = MW_ISA_AVX2,
    .isa_name = "avx2",
    .ops = "neon",
    .fn.gemv = gemv_f32_plain,
};
