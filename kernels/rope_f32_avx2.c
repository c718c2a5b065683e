/* Rotary position embedding, llama2.c's pairing: neighbours form a pair, and a pair of lanes. A second vector is v with
 * each pair swapped; one instruction subtracts in even lanes and adds in odd ones. */
#include "kernels/kernel.h"

#include <immintrin.h>

static void rope(float *v, const float *cos_sin, size_t heads, size_t head_size)
{
    for (size_t h = 0; h < heads; h++, v += head_size) {
        size_t i = 0;
        for (; i + 8 <= head_size; i += 8) {
            const __m256 a = _mm256_loadu_ps(v + i), angle = _mm256_loadu_ps(cos_sin + i);
            const __m256 swapped = _mm256_permute_ps(a, 0xB1);
            const __m256 sine_part = _mm256_mul_ps(swapped, _mm256_movehdup_ps(angle));
            _mm256_storeu_ps(v + i, _mm256_fmaddsub_ps(a, _mm256_moveldup_ps(angle), sine_part));
        }
        for (; i + 2 <= head_size; i += 2) {
            float c = cos_sin[i], s = cos_sin[i + 1], v0 = v[i], v1 = v[i + 1];
            v[i] = v0 * c - v1 * s;
            v[i + 1] = v0 * s + v1 * c;
        }
    }
}

const mw_kernel mw_rope_f32_avx2 = {
    MW_KERNEL_DEFAULTS,
    .name = "avx2",
    .description = "AVX2, four pairs at a time",
    .op = MW_OP_ROPE,
    .layout = MW_LAYOUT_ROWMAJOR,
    .isa = MW_ISA_AVX2,
    .isa_name = "avx2",
    .tile_cols = 8,
    .fn.rope = rope,
};
