/* AVX2 over row-major q4_K, for comparison with gemv_q4_K_tvl16_avx2.c. */
#define BLOCK_BYTES 144
#include "kernels/avx2_k_rows_minima.h"

/* 32 bytes have two groups. */
static inline __m256 add_block(__m256 acc, const char *block, const mw_x8 *x, __m256 sums)
{
    const __m256i low = _mm256_set1_epi8(15);
    const small s = small_of(block);
    __m256 products = _mm256_setzero_ps();
    for (size_t g = 0; g < GROUPS; g += 2) {
        const __m256i both = load(block + 16 + g / 2 * 32), first = _mm256_and_si256(both, low);
        const __m256i second = _mm256_and_si256(_mm256_srli_epi16(both, 4), low);
        products = add_group(products, _mm256_maddubs_epi16(first, load(x[g].codes)), word(s.scales, g), x + g);
        products =
            add_group(products, _mm256_maddubs_epi16(second, load(x[g + 1].codes)), word(s.scales, g + 1), x + g + 1);
    }
    return add_halves(acc, block, products, s.minima, sums);
}

const mw_kernel mw_gemv_q4_K_avx2 = {ROWS_KERNEL(MW_Q4_K)};
