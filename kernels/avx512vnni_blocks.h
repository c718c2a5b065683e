/* AVX-512 VNNI over panels of a block format: a line has one 32-bit lane per row, with 4 columns of q8_0 or 8 of q4_0.
 * VPDPBUSD multiplies four unsigned codes of W by four signed codes of x, so unpacked codes are OFFSET above those of
 * W, and add_block subtracts OFFSET times the sum of the codes of x.
 *
 * The file of a dtype has defined CODE_LINES and OFFSET, and it defines add_line(products, line, codes of x, its
 * number). */
#ifndef MW_KERNELS_AVX512VNNI_BLOCKS_H
#define MW_KERNELS_AVX512VNNI_BLOCKS_H

#define ISA (MW_ISA_AVX2 | MW_ISA_AVX512 | MW_ISA_AVX512VNNI)
#define ISA_NAME "avx512vnni"
#define ISA_SUFFIX "avx512vnni"
#define SMALL_OPS "avx2"

#include "kernels/tvl16_blocks.h"

#include <immintrin.h>

enum { STREAMS = 1 /* on Zen 4 two or four are slower: EXPERIMENTS.md, 2026-11-30 */ };
#define TOKENS 8

typedef __m512 sums;
#define sums_zero _mm512_setzero_ps
#define sums_store _mm512_storeu_ps

typedef __m512i products; /* one sum per row */
#define products_zero _mm512_setzero_si512

/* Four codes of x, from `at` on, in every lane. */
static inline __m512i four(const int8_t *codes, size_t at)
{
    int32_t lane;
    __builtin_memcpy(&lane, codes + at, sizeof lane);
    return _mm512_set1_epi32(lane);
}

static inline __attribute__((always_inline)) products add_line(products sum, __m512i line, const int8_t *x, size_t l);

static inline __attribute__((always_inline)) products add_lines(products sum, const char *lines, const int8_t *x,
                                                                size_t l)
{
    sum = add_line(sum, _mm512_load_si512(lines), x, l);
    return add_line(sum, _mm512_load_si512(lines + LINE), x, l + 1);
}

static inline __attribute__((always_inline)) sums add_block(sums acc, products sum, const char *scales, const mw_x8 *x)
{
    const __m512i exact = _mm512_add_epi32(sum, _mm512_set1_epi32(-OFFSET * x->sum));
    const __m512 of_w = _mm512_cvtph_ps(_mm256_load_si256((const __m256i *)(const void *)scales));
    return _mm512_fmadd_ps(_mm512_cvtepi32_ps(exact), _mm512_mul_ps(of_w, _mm512_set1_ps(x->scale)), acc);
}

#include "kernels/tvl16_blocks_tile.h"

#endif
