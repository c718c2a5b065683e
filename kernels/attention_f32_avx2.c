/* Attention with AVX2: scores of eight positions at a time. */
#define VECTOR_BITS 256
#define vector_exp avx2_exp
#include "kernels/avx2_exp.h"
#include "kernels/kernel.h"
#include "kernels/vector.h"

/* The products of q with a key, added up to eight lanes: one chain of FMAs, so short that those of the next keys begin
 * long before it ends. */
static inline __attribute__((always_inline)) __m256 one_key(const float *q, const float *k, size_t size)
{
    __m256 sum = _mm256_setzero_ps();
    for (size_t i = 0; i + 8 <= size; i += 8)
        sum = _mm256_fmadd_ps(_mm256_loadu_ps(k + i), _mm256_loadu_ps(q + i), sum);
    return sum;
}

/* The same for four keys, `step` floats apart, their lanes added up to a pair for each key. */
static inline __attribute__((always_inline)) __m256 four_keys(const float *q, const float *k, size_t step, size_t size)
{
    /* one statement each: compilers evaluate arguments in any order, memory is fast in only one */
    const __m256 a = one_key(q, k, size);
    const __m256 b = one_key(q, k + step, size);
    const __m256 c = one_key(q, k + 2 * step, size);
    const __m256 d = one_key(q, k + 3 * step, size);
    return _mm256_hadd_ps(_mm256_hadd_ps(a, b), _mm256_hadd_ps(c, d));
}

/* Scores of eight keys, `step` floats apart, before they are scaled. */
static __m256 scores_of(const float *q, const float *k, size_t step, size_t size)
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

#include "kernels/attention_passes.h"

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
