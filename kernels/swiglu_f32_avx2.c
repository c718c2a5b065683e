/* SwiGLU: silu(h) * g. */
#include "kernels/avx2_exp.h"
#include "kernels/kernel.h"

#include <math.h>

static void swiglu(float *h, const float *g, size_t n)
{
    const __m256 one = _mm256_set1_ps(1), sign = _mm256_set1_ps(-0.0f);
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        const __m256 v = _mm256_loadu_ps(h + i);
        const __m256 silu = _mm256_div_ps(v, _mm256_add_ps(one, avx2_exp(_mm256_xor_ps(v, sign))));
        _mm256_storeu_ps(h + i, _mm256_mul_ps(silu, _mm256_loadu_ps(g + i)));
    }
    for (; i < n; i++)
        h[i] = h[i] * (1.0f / (1.0f + expf(-h[i]))) * g[i];
}

const mw_kernel mw_swiglu_f32_avx2 = {
    MW_KERNEL_DEFAULTS,
    .name = "avx2",
    .description = "AVX2, exponentials eight at a time",
    .op = MW_OP_SWIGLU,
    .layout = MW_LAYOUT_ROWMAJOR,
    .isa = MW_ISA_AVX2,
    .isa_name = "avx2",
    .tile_cols = 8,
    .fn.swiglu = swiglu,
};
