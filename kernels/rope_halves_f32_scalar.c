/* Rotary position embedding, the pairing of Hugging Face's rotate_half: the halves of a head hold the pairs. */
#include "kernels/kernel.h"

static void rope(float *v, const float *cos_sin, size_t heads, size_t head_size)
{
    const size_t half = head_size / 2;
    for (size_t h = 0; h < heads; h++, v += head_size)
        for (size_t i = 0; i < half; i++) {
            float c = cos_sin[i], s = cos_sin[i + half], v0 = v[i], v1 = v[i + half];
            v[i] = v0 * c - v1 * s;
            v[i + half] = v0 * s + v1 * c;
        }
}

const mw_kernel mw_rope_halves_f32_scalar = {
    MW_KERNEL_DEFAULTS,
    .name = "scalar",
    .description = "plain C, vectorizer off",
    .op = MW_OP_ROPE_HALVES,
    .layout = MW_LAYOUT_ROWMAJOR,
    .isa_name = "c",
    .fn.rope = rope,
};
