/* One attention score: head sizes are short (48 to 128), so four accumulators already cover the latency. */
#include "kernels/avx_sum.h"
#include "kernels/kernel.h"

#include <math.h>

static float dot(const float *a, const float *b, size_t n)
{
    __m256 s0 = _mm256_setzero_ps(), s1 = s0, s2 = s0, s3 = s0;
    size_t i = 0;
    for (; i + 32 <= n; i += 32) {
        s0 = _mm256_fmadd_ps(_mm256_loadu_ps(a + i), _mm256_loadu_ps(b + i), s0);
        s1 = _mm256_fmadd_ps(_mm256_loadu_ps(a + i + 8), _mm256_loadu_ps(b + i + 8), s1);
        s2 = _mm256_fmadd_ps(_mm256_loadu_ps(a + i + 16), _mm256_loadu_ps(b + i + 16), s2);
        s3 = _mm256_fmadd_ps(_mm256_loadu_ps(a + i + 24), _mm256_loadu_ps(b + i + 24), s3);
    }
    for (; i + 8 <= n; i += 8)
        s0 = _mm256_fmadd_ps(_mm256_loadu_ps(a + i), _mm256_loadu_ps(b + i), s0);
    float sum = avx_sum8(_mm256_add_ps(_mm256_add_ps(s0, s1), _mm256_add_ps(s2, s3)));
    for (; i < n; i++)
        sum = fmaf(a[i], b[i], sum);
    return sum;
}

const mw_kernel mw_dot_f32_avx2 = {
    MW_KERNEL_DEFAULTS,
    .name = "avx2",
    .description = "AVX2, four accumulators",
    .op = MW_OP_DOT,
    .layout = MW_LAYOUT_ROWMAJOR,
    .isa = MW_ISA_AVX2,
    .isa_name = "avx2",
    .tile_cols = 8,
    .fn.dot = dot,
};
