/* Attention with NEON: scores of four positions at a time. */
#define VECTOR_BITS 128
#define vector_exp neon_exp
#include "kernels/kernel.h"
#include "kernels/neon_exp.h"
#include "kernels/vector.h"

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

/* Scores of four keys, `step` floats apart, before they are scaled. Sums are taken across lanes for all keys at
 * once. */
static float32x4_t scores_of(const float *q, const float *k, size_t step, size_t size)
{
    /* one statement each: compilers evaluate arguments in any order, memory is fast in only one */
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

#include "kernels/attention_passes.h"

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
