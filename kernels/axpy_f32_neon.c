#include "kernels/kernel.h"
#include "kernels/neon.h"

static void axpy(float *y, float a, const float *x, size_t n)
{
    size_t i = 0;
    for (; i + 4 <= n; i += 4)
        vst1q_f32(y + i, vfmaq_n_f32(vld1q_f32(y + i), vld1q_f32(x + i), a));
    for (; i < n; i++)
        y[i] += a * x[i];
}

const mw_kernel mw_axpy_f32_neon = {
    MW_KERNEL_DEFAULTS,
    .name = "neon",
    .description = "NEON, four at a time",
    .op = MW_OP_AXPY,
    .layout = MW_LAYOUT_ROWMAJOR,
    .isa = MW_NEON_ISA,
    .isa_name = MW_NEON_ISA_NAME,
    .tile_cols = 4,
    .fn.axpy = axpy,
};
