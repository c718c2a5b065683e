/* Attention of one head in three passes: scores, eight positions at a time; their exponentials; and the sum of the
 * values by these weights, which stays in registers over all positions. Keys and values are read strictly forward:
 * rows side by side, a vector of each in turn, come from memory at two thirds of that speed. */
#include "kernels/attention_mix.h"
#include "kernels/avx2_exp.h"
#include "kernels/avx_sum.h"
#include "kernels/kernel.h"

#include <math.h>

/* The products of q with a key, added up to eight lanes: one chain of FMAs, so short that those of the next keys begin
 * long before it ends. */
static inline __attribute__((always_inline)) __m256 one_key(const float *q, const float *k, size_t size)
{
    __m256 sum = _mm256_setzero_ps();
    for (size_t i = 0; i + 8 <= size; i += 8)
        sum = _mm256_fmadd_ps(_mm256_loadu_ps(k + i), _mm256_loadu_ps(q + i), sum);
    return sum;
}

/* The same of four keys, `step` floats apart, their lanes added up to a pair for each key. */
static inline __attribute__((always_inline)) __m256 four_keys(const float *q, const float *k, size_t step, size_t size)
{
    /* one statement each: compilers take arguments in any order, and memory likes only one */
    const __m256 a = one_key(q, k, size);
    const __m256 b = one_key(q, k + step, size);
    const __m256 c = one_key(q, k + 2 * step, size);
    const __m256 d = one_key(q, k + 3 * step, size);
    return _mm256_hadd_ps(_mm256_hadd_ps(a, b), _mm256_hadd_ps(c, d));
}

/* Scores of eight keys before they are scaled. */
static __m256 eight_scores(const float *q, const float *k, size_t step, size_t size)
{
    const __m256 early = four_keys(q, k, step, size);
    const __m256 late = four_keys(q, k + 4 * step, step, size);
    __m256 sum = _mm256_add_ps(_mm256_permute2f128_ps(early, late, 0x20), _mm256_permute2f128_ps(early, late, 0x31));
    for (size_t i = size / 8 * 8; i < size; i++) {
        const float *c = k + i;
        const __m256 column =
            _mm256_setr_ps(c[0], c[step], c[2 * step], c[3 * step], c[4 * step], c[5 * step], c[6 * step], c[7 * step]);
        sum = _mm256_fmadd_ps(column, _mm256_set1_ps(q[i]), sum);
    }
    return sum;
}

/* The largest lane, in every lane. */
static __m256 largest(__m256 v)
{
    v = _mm256_max_ps(v, _mm256_permute2f128_ps(v, v, 1));
    v = _mm256_max_ps(v, _mm256_permute_ps(v, 0x4E));
    return _mm256_max_ps(v, _mm256_permute_ps(v, 0xB1));
}

/* out = sum of weights[p] values[p] over all positions, divided by `total`, for heads of `vectors` vectors. That is a
 * constant where this is inlined: the sums must live in registers. */
static inline __attribute__((always_inline)) void mix(float *out, const float *weights, const float *values,
                                                      size_t seen, float total, size_t vectors)
{
    __m256 acc[8];
    for (size_t v = 0; v < vectors; v++)
        acc[v] = _mm256_mul_ps(_mm256_broadcast_ss(weights), _mm256_loadu_ps(values + 8 * v));
    for (size_t p = 1; p < seen; p++) {
        values += 8 * vectors;
        for (size_t v = 0; v < vectors; v++)
            acc[v] = _mm256_fmadd_ps(_mm256_broadcast_ss(weights + p), _mm256_loadu_ps(values + 8 * v), acc[v]);
    }
    for (size_t v = 0; v < vectors; v++)
        _mm256_storeu_ps(out + 8 * v, _mm256_div_ps(acc[v], _mm256_set1_ps(total)));
}

static void attention(float *out, const float *q, const float *keys, const float *values, float *scores, size_t seen,
                      size_t size)
{
    const __m256 scale = _mm256_set1_ps(1.0f / sqrtf((float)size));
    __m256 most = _mm256_set1_ps(-INFINITY), sums = _mm256_setzero_ps();
    size_t p = 0;
    for (; p + 8 <= seen; p += 8) {
        const __m256 s = eight_scores(q, keys + p * size, size, size);
        _mm256_storeu_ps(scores + p, s);
        most = _mm256_max_ps(s, most);
    }
    if (p < seen) /* weights of 0 for what is left of the last vector */
        _mm256_storeu_ps(scores + p, _mm256_set1_ps(-INFINITY));
    for (; p < seen; p++) { /* eight times the same key */
        const __m256 s = eight_scores(q, keys + p * size, 0, size);
        scores[p] = _mm256_cvtss_f32(s);
        most = _mm256_max_ps(s, most);
    }
    most = largest(most);
    for (p = 0; p < seen; p += 8) {
        const __m256 distance = _mm256_sub_ps(_mm256_loadu_ps(scores + p), most);
        const __m256 e = avx2_exp(_mm256_mul_ps(distance, scale));
        _mm256_storeu_ps(scores + p, e);
        sums = _mm256_add_ps(sums, e);
    }
    const float total = avx_sum8(sums);
    switch (size) { /* those of the models at hand */
    case 48: mix(out, scores, values, seen, total, 6); return;
    case 64: mix(out, scores, values, seen, total, 8); return;
    default: mix_any(out, scores, values, seen, size, total);
    }
}

const mw_kernel mw_attention_f32_avx2 = {
    MW_KERNEL_DEFAULTS,
    .name = "avx2",
    .description = "AVX2, eight positions at a time",
    .op = MW_OP_ATTENTION,
    .layout = MW_LAYOUT_ROWMAJOR,
    .isa = MW_ISA_AVX2,
    .isa_name = "avx2",
    .tile_rows = 8,
    .tile_cols = 8,
    .fn.attention = attention,
};
