/* Softmax in place; the largest value is taken out first, so that no exponential overflows. A NaN may get lost on the
 * way to the largest value, but it comes back in the sum. */
#include "kernels/avx2_exp.h"
#include "kernels/avx_sum.h"
#include "kernels/kernel.h"

#include <math.h>

static float largest(const float *x, size_t n)
{
    __m256 most = _mm256_set1_ps(x[0]);
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        most = _mm256_max_ps(_mm256_loadu_ps(x + i), most);
    __m128 half = _mm_max_ps(_mm256_castps256_ps128(most), _mm256_extractf128_ps(most, 1));
    half = _mm_max_ps(half, _mm_movehl_ps(half, half));
    float max = _mm_cvtss_f32(_mm_max_ss(half, _mm_movehdup_ps(half)));
    for (; i < n; i++)
        if (x[i] > max)
            max = x[i];
    return max;
}

static void softmax(float *x, size_t n)
{
    const float max = largest(x, n);
    const __m256 most = _mm256_set1_ps(max);
    __m256 acc = _mm256_setzero_ps();
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        const __m256 e = avx2_exp(_mm256_sub_ps(_mm256_loadu_ps(x + i), most));
        _mm256_storeu_ps(x + i, e);
        acc = _mm256_add_ps(acc, e);
    }
    float sum = avx_sum8(acc);
    for (; i < n; i++) {
        x[i] = expf(x[i] - max);
        sum += x[i];
    }
    const float scale = 1.0f / sum;
    for (i = 0; i + 8 <= n; i += 8)
        _mm256_storeu_ps(x + i, _mm256_mul_ps(_mm256_loadu_ps(x + i), _mm256_set1_ps(scale)));
    for (; i < n; i++)
        x[i] *= scale;
}

const mw_kernel mw_softmax_f32_avx2 = {
    MW_KERNEL_DEFAULTS,
    .name = "avx2",
    .description = "AVX2, exponentials eight at a time",
    .op = MW_OP_SOFTMAX,
    .layout = MW_LAYOUT_ROWMAJOR,
    .isa = MW_ISA_AVX2,
    .isa_name = "avx2",
    .tile_cols = 8,
    .fn.softmax = softmax,
};
