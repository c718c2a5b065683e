/* AVX2 over row-major q5_K, for comparison with gemv_q5_K_tvl16_avx2.c. */
#define BLOCK_BYTES 176
#include "kernels/avx2_k_rows_minima.h"

/* 32 bytes have the lower bits of two groups; the fifth bits of all eight are in 32 bytes of their own. */
static inline __m256 add_block(__m256 acc, const char *block, const mw_x8 *x, __m256 sums)
{
    const __m256i low = _mm256_set1_epi8(15), fifth = _mm256_set1_epi8(16), upper = load(block + 16);
    const small s = small_of(block);
    __m256 products = _mm256_setzero_ps();
    for (size_t g = 0; g < GROUPS; g++) {
        const __m256i both = load(block + 48 + g / 2 * 32);
        const __m256i lower = _mm256_and_si256(g % 2 ? _mm256_srli_epi16(both, 4) : both, low);
        const int up = 4 - (int)g; /* how far bit g is from where it belongs */
        const __m256i bit =
            _mm256_and_si256(up > 0 ? _mm256_slli_epi16(upper, up) : _mm256_srli_epi16(upper, -up), fifth);
        const __m256i pairs = _mm256_maddubs_epi16(_mm256_or_si256(lower, bit), load(x[g].codes));
        products = add_group(products, pairs, word(s.scales, g), x + g);
    }
    return add_halves(acc, block, products, s.minima, sums);
}

const mw_kernel mw_gemv_q5_K_avx2 = {ROWS_KERNEL(MW_Q5_K)};
