/* Attention of one head; the largest score is subtracted before any exponential, so that none overflows. */
#include "kernels/kernel.h"

#include <math.h>

static void attention(float *out, const float *q, const float *keys, const float *values, float *scores, size_t seen,
                      size_t size)
{
    const float scale = 1.0f / sqrtf((float)size);
    float most = -INFINITY, total = 0;
    for (size_t p = 0; p < seen; p++) {
        scores[p] = 0;
        for (size_t i = 0; i < size; i++)
            scores[p] += q[i] * keys[p * size + i];
        if (scores[p] > most)
            most = scores[p];
    }
    for (size_t i = 0; i < size; i++)
        out[i] = 0;
    for (size_t p = 0; p < seen; p++) {
        const float weight = expf((scores[p] - most) * scale);
        total += weight;
        for (size_t i = 0; i < size; i++)
            out[i] += weight * values[p * size + i];
    }
    for (size_t i = 0; i < size; i++)
        out[i] /= total;
}

const mw_kernel mw_attention_f32_scalar = {
    MW_KERNEL_DEFAULTS,
    .name = "scalar",
    .description = "plain C, vectorizer off",
    .op = MW_OP_ATTENTION,
    .layout = MW_LAYOUT_ROWMAJOR,
    .isa_name = "c",
    .fn.attention = attention,
};
