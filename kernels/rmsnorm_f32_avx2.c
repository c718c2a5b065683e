#include "kernels/avx_sum.h"
#include "kernels/kernel.h"

#include <math.h>

static void rmsnorm(float *y, const float *x, const float *w, size_t n, float eps)
{
    __m256 acc[4] = {_mm256_setzero_ps(), _mm256_setzero_ps(), _mm256_setzero_ps(), _mm256_setzero_ps()};
    size_t i = 0;
    for (; i + 32 <= n; i += 32)
        for (size_t k = 0; k < 4; k++) {
            const __m256 xs = _mm256_loadu_ps(x + i + 8 * k);
            acc[k] = _mm256_fmadd_ps(xs, xs, acc[k]);
        }
    float sum = avx_sum8(_mm256_add_ps(_mm256_add_ps(acc[0], acc[1]), _mm256_add_ps(acc[2], acc[3])));
    for (; i < n; i++)
        sum = fmaf(x[i], x[i], sum);
    const float scale = 1.0f / sqrtf(sum / (float)n + eps);
    const __m256 scales = _mm256_set1_ps(scale);
    for (i = 0; i + 8 <= n; i += 8) {
        const __m256 xs = _mm256_mul_ps(_mm256_loadu_ps(x + i), scales);
        _mm256_storeu_ps(y + i, _mm256_mul_ps(_mm256_loadu_ps(w + i), xs));
    }
    for (; i < n; i++)
        y[i] = w[i] * (scale * x[i]);
}

const mw_kernel mw_rmsnorm_f32_avx2 = {
    MW_KERNEL_DEFAULTS,
    .name = "avx2",
    .description = "AVX2, four accumulators",
    .op = MW_OP_RMSNORM,
    .layout = MW_LAYOUT_ROWMAJOR,
    .isa = MW_ISA_AVX2,
    .isa_name = "avx2",
    .tile_cols = 8,
    .fn.rmsnorm = rmsnorm,
};
