/* AVX2 over panels of a block format, eight rows in a vector, one 32-bit lane each. Without a dot-product instruction
 * products of bytes are added in pairs to 16 bits, and these in pairs to 32.
 *
 * The file of a dtype has defined CODE_LINES, OFFSET (what its dot() adds to each code of W) and
 * dot(sum, codes of eight rows in the first line, x codes), which adds the products of a whole block. */
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

typedef struct sums {
    __m256 top, bottom;
} sums;

static inline sums sums_zero(void)
{
    return (sums){_mm256_setzero_ps(), _mm256_setzero_ps()};
}

static inline void sums_store(float *to, sums s)
{
    _mm256_storeu_ps(to, s.top);
    _mm256_storeu_ps(to + 8, s.bottom);
}

/* Four codes of x, from `at` on, in every lane. */
static inline __m256i four(const int8_t *codes, size_t at)
{
    int32_t lane;
    __builtin_memcpy(&lane, codes + at, sizeof lane);
    return _mm256_set1_epi32(lane);
}

/* The codes of eight rows in line l. */
static inline __m256i line_of(const char *codes, size_t l)
{
    return _mm256_load_si256((const __m256i *)(const void *)(codes + l * LINE));
}

static inline __attribute__((always_inline)) __m256i dot(__m256i sum, const char *codes, const int8_t *x);

static inline __attribute__((always_inline)) __m256 add_half(__m256 acc, const char *codes, const char *scales,
                                                             const mw_x8 *x)
{
    const __m256i sum = dot(_mm256_set1_epi32(-OFFSET * x->sum), codes, x->codes);
    const __m256 wide = _mm256_cvtph_ps(_mm_load_si128((const __m128i *)(const void *)scales));
    return _mm256_fmadd_ps(_mm256_cvtepi32_ps(sum), _mm256_mul_ps(wide, _mm256_set1_ps(x->scale)), acc);
}

static inline __attribute__((always_inline)) sums add_group(sums acc, group g, const mw_x8 *x)
{
    return (sums){add_half(acc.top, g.codes, g.scales, x),
                  add_half(acc.bottom, g.codes + LINE / 2, g.scales + SCALES / 2, x)};
}

#include "kernels/tvl16_blocks_tile.h"

#endif
