/* AVX2: four vectors are a block. */
#include "kernels/quantize.h"

#include <immintrin.h>

static uint32_t most_of(const __m256i bits[4])
{
    const __m256i both = _mm256_max_epi32(_mm256_max_epi32(bits[0], bits[1]), _mm256_max_epi32(bits[2], bits[3]));
    __m128i most = _mm_max_epi32(_mm256_castsi256_si128(both), _mm256_extracti128_si256(both, 1));
    most = _mm_max_epi32(most, _mm_shuffle_epi32(most, 0x4e));
    return (uint32_t)_mm_cvtsi128_si32(_mm_max_epi32(most, _mm_shuffle_epi32(most, 0xb1)));
}

static void quantize(mw_x8 *to, const float *x, size_t n)
{
    for (; n >= GROUP; n -= GROUP, x += GROUP, to++) {
        __m256i bits[4], codes[4];
        float inverse;
        for (size_t k = 0; k < 4; k++)
            bits[k] = _mm256_and_si256(_mm256_castps_si256(_mm256_loadu_ps(x + 8 * k)), _mm256_set1_epi32(0x7fffffff));
        if (!scale_for(to, most_of(bits), &inverse))
            continue;
        for (size_t k = 0; k < 4; k++)
            codes[k] = _mm256_cvtps_epi32(_mm256_mul_ps(_mm256_loadu_ps(x + 8 * k), _mm256_set1_ps(inverse)));
        __m256i sum = _mm256_add_epi32(_mm256_add_epi32(codes[0], codes[1]), _mm256_add_epi32(codes[2], codes[3]));
        __m128i four = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
        four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0x4e));
        to->sum = _mm_cvtsi128_si32(_mm_add_epi32(four, _mm_shuffle_epi32(four, 0xb1)));
        /* packing works within halves of vectors; the order of the 32-bit lanes is put right at the end */
        const __m256i packed =
            _mm256_packs_epi16(_mm256_packs_epi32(codes[0], codes[1]), _mm256_packs_epi32(codes[2], codes[3]));
        const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
        _mm256_storeu_si256((__m256i *)(void *)to->codes, _mm256_permutevar8x32_epi32(packed, order));
    }
}

const mw_kernel mw_quantize_f32_avx2 = {
    MW_KERNEL_DEFAULTS,
    .name = "avx2",
    .description = "AVX2, 32 values at a time",
    .op = MW_OP_QUANTIZE,
    .layout = MW_LAYOUT_ROWMAJOR,
    .isa = MW_ISA_AVX2,
    .isa_name = "avx2",
    .tile_cols = GROUP,
    .col_multiple = GROUP,
    .fn.quantize = quantize,
};
