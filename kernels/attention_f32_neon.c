/* Attention of one head in three passes: scores, four positions at a time; their exponentials; and the sum of the
 * values by these weights, which stays in registers over all positions. Keys and values are read strictly forward. */
#include "kernels/attention_mix.h"
#include "kernels/kernel.h"
#include "kernels/neon_exp.h"

#include <math.h>

/* The products of q with a key, added up to four lanes; the second accumulator halves the chain of FMAs. */
static inline float32x4_t one_key(const float *q, const float *k, size_t size)
{
    float32x4_t even = vdupq_n_f32(0), odd = even;
    size_t i = 0;
    for (; i + 8 <= size; i += 8) {
        even = vfmaq_f32(even, vld1q_f32(k + i), vld1q_f32(q + i));
        odd = vfmaq_f32(odd, vld1q_f32(k + i + 4), vld1q_f32(q + i + 4));
    }
    if (i + 4 <= size)
        even = vfmaq_f32(even, vld1q_f32(k + i), vld1q_f32(q + i));
    return vaddq_f32(even, odd);
}

/* Scores of four keys, `step` floats apart, before they are scaled. Sums are taken across lanes for all keys at once.
 */
static float32x4_t four_scores(const float *q, const float *k, size_t step, size_t size)
{
    /* one statement each: compilers take arguments in any order, and memory likes only one */
    const float32x4_t a = one_key(q, k, size);
    const float32x4_t b = one_key(q, k + step, size);
    const float32x4_t c = one_key(q, k + 2 * step, size);
    const float32x4_t d = one_key(q, k + 3 * step, size);
    float32x4_t sum = vpaddq_f32(vpaddq_f32(a, b), vpaddq_f32(c, d));
    for (size_t i = size / 4 * 4; i < size; i++) {
        const float column[] = {k[i], k[step + i], k[2 * step + i], k[3 * step + i]};
        sum = vfmaq_n_f32(sum, vld1q_f32(column), q[i]);
    }
    return sum;
}

/* out = sum of weights[p] values[p] over all positions, divided by `total`, for heads of `vectors` vectors. That is a
 * constant where this is inlined: the sums must live in registers. */
static inline __attribute__((always_inline)) void mix(float *out, const float *weights, const float *values,
                                                      size_t seen, float total, size_t vectors)
{
    float32x4_t acc[16];
    for (size_t v = 0; v < vectors; v++)
        acc[v] = vmulq_n_f32(vld1q_f32(values + 4 * v), weights[0]);
    for (size_t p = 1; p < seen; p++) {
        values += 4 * vectors;
        for (size_t v = 0; v < vectors; v++)
            acc[v] = vfmaq_n_f32(acc[v], vld1q_f32(values + 4 * v), weights[p]);
    }
    for (size_t v = 0; v < vectors; v++)
        vst1q_f32(out + 4 * v, vdivq_f32(acc[v], vdupq_n_f32(total)));
}

static void attention(float *out, const float *q, const float *keys, const float *values, float *scores, size_t seen,
                      size_t size)
{
    const float scale = 1.0f / sqrtf((float)size);
    float32x4_t most = vdupq_n_f32(-INFINITY), sums = vdupq_n_f32(0);
    size_t p = 0;
    for (; p + 4 <= seen; p += 4) {
        const float32x4_t s = four_scores(q, keys + p * size, size, size);
        vst1q_f32(scores + p, s);
        most = vmaxq_f32(s, most);
    }
    if (p < seen) /* weights of 0 for what is left of the last vector */
        vst1q_f32(scores + p, vdupq_n_f32(-INFINITY));
    for (; p < seen; p++) { /* four times the same key */
        const float32x4_t s = four_scores(q, keys + p * size, 0, size);
        scores[p] = vgetq_lane_f32(s, 0);
        most = vmaxq_f32(s, most);
    }
    most = vdupq_n_f32(vmaxvq_f32(most));
    for (p = 0; p < seen; p += 4) {
        const float32x4_t e = neon_exp(vmulq_n_f32(vsubq_f32(vld1q_f32(scores + p), most), scale));
        vst1q_f32(scores + p, e);
        sums = vaddq_f32(sums, e);
    }
    const float total = vaddvq_f32(sums);
    switch (size) { /* those of the models at hand */
    case 48: mix(out, scores, values, seen, total, 12); return;
    case 64: mix(out, scores, values, seen, total, 16); return;
    default: mix_any(out, scores, values, seen, size, total);
    }
}

const mw_kernel mw_attention_f32_neon = {
    MW_KERNEL_DEFAULTS,
    .name = "neon",
    .description = "NEON, four positions at a time",
    .op = MW_OP_ATTENTION,
    .layout = MW_LAYOUT_ROWMAJOR,
    .isa = MW_NEON_ISA,
    .isa_name = MW_NEON_ISA_NAME,
    .tile_rows = 4,
    .tile_cols = 4,
    .fn.attention = attention,
};
