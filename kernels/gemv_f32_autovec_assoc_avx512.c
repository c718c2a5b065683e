/* The loop with permission to reorder the sum, for AVX-512. */
#include "kernels/gemv_f32_plain.h"

const mw_kernel mw_gemv_f32_autovec_assoc_avx512 = {
    MW_KERNEL_DEFAULTS,
    .name = "autovec_assoc_avx512",
    .description = "plain C, -O3, associative math, AVX-512",
    .op = MW_OP_GEMV,
    .layout = MW_LAYOUT_ROWMAJOR,
    .isa = MW_ISA_AVX2 | MW_ISA_AVX512,
    .isa_name = "avx512",
    .ops = "neon",
    .fn.gemv = gemv_f32_plain,
};
