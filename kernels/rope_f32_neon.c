/* Rotary position embedding, llama2.c's pairing: neighbours form a pair, so even and odd elements are loaded apart. */
#include "kernels/kernel.h"
#include "kernels/neon.h"

static void rope(float *v, const float *cos_sin, size_t heads, size_t head_size)
{
    for (size_t h = 0; h < heads; h++, v += head_size) {
        size_t i = 0;
        for (; i + 8 <= head_size; i += 8) {
            float32x4x2_t a = vld2q_f32(v + i), cs = vld2q_f32(cos_sin + i), out;
            out.val[0] = vfmaq_f32(vmulq_f32(a.val[0], cs.val[0]), vnegq_f32(a.val[1]), cs.val[1]);
            out.val[1] = vfmaq_f32(vmulq_f32(a.val[0], cs.val[1]), a.val[1], cs.val[0]);
            vst2q_f32(v + i, out);
        }
        for (; i + 2 <= head_size; i += 2) {
            float c = cos_sin[i], s = cos_sin[i + 1], v0 = v[i], v1 = v[i + 1];
            v[i] = v0 * c - v1 * s;
            v[i + 1] = v0 * s + v1 * c;
        }
    }
}

const mw_kernel mw_rope_f32_neon = {
    MW_KERNEL_DEFAULTS,
    .name = "neon",
    .description = "NEON, four pairs at a time",
    .op = MW_OP_ROPE,
    .layout = MW_LAYOUT_ROWMAJOR,
    .isa = MW_NEON_ISA,
    .isa_name = MW_NEON_ISA_NAME,
    .tile_cols = 4,
    .fn.rope = rope,
};
