/* AVX-512 VNNI over panels of a block format: a line of codes is 16 rows, one 32-bit lane each, and one dot-product
 * instruction multiplies its four columns with four broadcast codes of x. It takes unsigned weights times signed x, so
 * codes are offset to be unsigned, and the sum starts at what the offset will add, negated.
 *
 * The file of a dtype has defined CODE_LINES, OFFSET and dot_line(sum, line, x codes, line number). */
#ifndef MW_KERNELS_AVX512VNNI_BLOCKS_H
#define MW_KERNELS_AVX512VNNI_BLOCKS_H

#define ISA (MW_ISA_AVX2 | MW_ISA_AVX512 | MW_ISA_AVX512VNNI)
#define ISA_NAME "avx512vnni"
#define ISA_SUFFIX "avx512vnni"
#define SMALL_OPS "avx2"

#include "kernels/tvl16_blocks.h"

#include <immintrin.h>

enum { STREAMS = 4 };
#define TOKENS 8

typedef __m512 sums;
#define sums_zero _mm512_setzero_ps
#define sums_store _mm512_storeu_ps

/* Four codes of x, from `at` on, in every lane. */
static inline __m512i four(const int8_t *codes, size_t at)
{
    int32_t lane;
    __builtin_memcpy(&lane, codes + at, sizeof lane);
    return _mm512_set1_epi32(lane);
}

static inline __attribute__((always_inline)) __m512i dot_line(__m512i sum, __m512i line, const int8_t *codes, size_t l);

static inline __attribute__((always_inline)) sums add_group(sums acc, group g, const mw_x8 *x)
{
    __m512i sum = _mm512_set1_epi32(-OFFSET * x->sum);
    for (size_t l = 0; l < CODE_LINES; l++)
        sum = dot_line(sum, _mm512_load_si512(g.codes + l * LINE), x->codes, l);
    const __m512 scales = _mm512_cvtph_ps(_mm256_load_si256((const __m256i *)(const void *)g.scales));
    return _mm512_fmadd_ps(_mm512_cvtepi32_ps(sum), _mm512_mul_ps(scales, _mm512_set1_ps(x->scale)), acc);
}

#include "kernels/tvl16_blocks_tile.h"

#endif
