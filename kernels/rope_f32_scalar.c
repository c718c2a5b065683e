/* Rotary position embedding, llama2.c's pairing: neighbours form a pair. */
#include "kernels/kernel.h"

static void rope(float *v, const float *cos_sin, size_t heads, size_t head_size)
{
    for (size_t h = 0; h < heads; h++, v += head_size)
        for (size_t i = 0; i + 2 <= head_size; i += 2) {
            float c = cos_sin[i], s = cos_sin[i + 1], v0 = v[i], v1 = v[i + 1];
            v[i] = v0 * c - v1 * s;
            v[i + 1] = v0 * s + v1 * c;
        }
}

const mw_kernel mw_rope_f32_scalar = {
    MW_KERNEL_DEFAULTS,
    .name = "scalar",
    .description = "plain C, vectorizer off",
    .op = MW_OP_ROPE,
    .layout = MW_LAYOUT_ROWMAJOR,
    .isa_name = "c",
    .fn.rope = rope,
};
