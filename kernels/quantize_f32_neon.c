/* NEON: eight vectors are a block. */
#include "kernels/neon.h"
#include "kernels/quantize.h"

static void quantize(mw_x8 *to, const float *x, size_t n)
{
    for (; n >= GROUP; n -= GROUP, x += GROUP, to++) {
        uint32x4_t most = vdupq_n_u32(0);
        float inverse;
        for (size_t k = 0; k < 8; k++)
            most = vmaxq_u32(most, vandq_u32(vreinterpretq_u32_f32(vld1q_f32(x + 4 * k)), vdupq_n_u32(0x7fffffff)));
        if (!scale_for(to, vmaxvq_u32(most), &inverse))
            continue;
        int32x4_t sum = vdupq_n_s32(0);
        for (size_t k = 0; k < 8; k += 2) {
            const int32x4_t a = vcvtq_s32_f32(vrndnq_f32(vmulq_n_f32(vld1q_f32(x + 4 * k), inverse)));
            const int32x4_t b = vcvtq_s32_f32(vrndnq_f32(vmulq_n_f32(vld1q_f32(x + 4 * k + 4), inverse)));
            vst1_s8(to->codes + 4 * k, vmovn_s16(vcombine_s16(vmovn_s32(a), vmovn_s32(b))));
            sum = vaddq_s32(sum, vaddq_s32(a, b));
        }
        to->sum = vaddvq_s32(sum);
    }
}

const mw_kernel mw_quantize_f32_neon = {
    MW_KERNEL_DEFAULTS,
    .name = "neon",
    .description = "NEON, 32 values at a time",
    .op = MW_OP_QUANTIZE,
    .layout = MW_LAYOUT_ROWMAJOR,
    .isa = MW_NEON_ISA,
    .isa_name = MW_NEON_ISA_NAME,
    .tile_cols = GROUP,
    .col_multiple = GROUP,
    .fn.quantize = quantize,
};
