/* AVX2 over row-major q6_K, for comparison with gemv_q6_K_tvl16_avx2.c. */
#define BLOCK_BYTES 210
#include "kernels/avx2_k_rows.h"

/* Of 128 codes 64 bytes have the lower bits, two groups in 32 of them, and 32 the upper two of all four. */
static inline __m256i codes_of(const char *block, size_t g)
{
    const __m256i both = load(block + g / 4 * 64 + g % 2 * 32), pairs = load(block + 128 + g / 4 * 32);
    const __m256i lower = _mm256_and_si256(g % 4 < 2 ? both : _mm256_srli_epi16(both, 4), _mm256_set1_epi8(15));
    const int up = 4 - (int)(g % 4 * 2); /* how far the two bits are from where they belong */
    const __m256i moved = up > 0 ? _mm256_slli_epi16(pairs, up) : _mm256_srli_epi16(pairs, -up);
    return _mm256_or_si256(lower, _mm256_and_si256(moved, _mm256_set1_epi8(48)));
}

/* Unpacked codes are 32 above those of W. Scales of even groups of 16 go to the lower half of a vector. */
static inline __m256 add_block(__m256 acc, const char *block, const mw_x8 *x, __m256 sums)
{
    (void)sums;
    const __m128i even_first = _mm_setr_epi8(0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15);
    const __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(block + 192));
    const __m256i scales = _mm256_cvtepi8_epi16(_mm_shuffle_epi8(bytes, even_first));
    __m256 products = _mm256_setzero_ps();
    for (size_t g = 0; g < GROUPS; g++) {
        const __m256i codes = load(x[g].codes), above = _mm256_maddubs_epi16(_mm256_set1_epi8(32), codes);
        const __m256i pairs = _mm256_sub_epi16(_mm256_maddubs_epi16(codes_of(block, g), codes), above);
        products = add_group(products, pairs, word(scales, g), x + g);
    }
    return _mm256_fmadd_ps(_mm256_set1_ps(half_at(block + 208)), products, acc);
}

const mw_kernel mw_gemv_q6_K_avx2 = {ROWS_KERNEL(MW_Q6_K)};
