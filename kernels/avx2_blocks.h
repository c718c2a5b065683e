/* AVX2 over panels of a block format, eight rows in a vector, one 32-bit lane each. AVX2 has no dot-product
 * instruction: VPMADDUBSW adds pairs of products of bytes to 16 bits, VPMADDWD pairs of these to 32.
 *
 * The file of a dtype has defined CODE_LINES and OFFSET (unpacked code minus code of W), and it defines two steps for
 * eight rows: add_half(products, the rows' halves of lines l and l + 1, codes of x, l) and row_sums(products). */
#ifndef MW_KERNELS_AVX2_BLOCKS_H
#define MW_KERNELS_AVX2_BLOCKS_H

#define ISA MW_ISA_AVX2
#define ISA_NAME "avx2"
#define ISA_SUFFIX "avx2"
#define SMALL_OPS "avx2"

#include "kernels/tvl16_blocks.h"

#include <immintrin.h>

enum { STREAMS = 4 };
#define TOKENS 3

/* Rows 0 to 7 of a panel, and 8 to 15. */
typedef struct sums {
    __m256 top, bottom;
} sums;
typedef struct products {
    __m256i top, bottom;
} products;

static inline sums sums_zero(void)
{
    return (sums){_mm256_setzero_ps(), _mm256_setzero_ps()};
}

static inline void sums_store(float *to, sums s)
{
    _mm256_storeu_ps(to, s.top);
    _mm256_storeu_ps(to + 8, s.bottom);
}

static inline products products_zero(void)
{
    return (products){_mm256_setzero_si256(), _mm256_setzero_si256()};
}

/* Four codes of x, from `at` on, in every lane. */
static inline __m256i four(const int8_t *codes, size_t at)
{
    int32_t lane;
    __builtin_memcpy(&lane, codes + at, sizeof lane);
    return _mm256_set1_epi32(lane);
}

static inline __m256i half_line(const char *codes)
{
    return _mm256_load_si256((const __m256i *)(const void *)codes);
}

static inline __m256i add_half(__m256i sum, __m256i first, __m256i second, const int8_t *x, size_t l);
static inline __m256i row_sums(__m256i sum);

static inline __attribute__((always_inline)) products add_lines(products sum, const char *lines, const int8_t *x,
                                                                size_t l)
{
    const char *lower = lines + LINE / 2;
    return (products){add_half(sum.top, half_line(lines), half_line(lines + LINE), x, l),
                      add_half(sum.bottom, half_line(lower), half_line(lower + LINE), x, l)};
}

static inline __m256 add_rows(__m256 acc, __m256i sum, const char *scales, const mw_x8 *x)
{
    const __m256i exact = _mm256_add_epi32(row_sums(sum), _mm256_set1_epi32(-OFFSET * x->sum));
    const __m256 of_w = _mm256_cvtph_ps(_mm_load_si128((const __m128i *)(const void *)scales));
    return _mm256_fmadd_ps(_mm256_cvtepi32_ps(exact), _mm256_mul_ps(of_w, _mm256_set1_ps(x->scale)), acc);
}

static inline __attribute__((always_inline)) sums add_block(sums acc, products sum, const char *scales, const mw_x8 *x)
{
    return (sums){add_rows(acc.top, sum.top, scales, x), add_rows(acc.bottom, sum.bottom, scales + SCALES / 2, x)};
}

#include "kernels/tvl16_blocks_tile.h"

#endif
