/* AVX-512 VNNI over panels of a K format: a line has one 32-bit lane per row (see avx512vnni_blocks.h).
 *
 * The file of a dtype has defined what tvl16_k.h needs, and includes avx512vnni_k_group.h at its end. */
#ifndef MW_KERNELS_AVX512VNNI_K_H
#define MW_KERNELS_AVX512VNNI_K_H

#define ISA (MW_ISA_AVX2 | MW_ISA_AVX512 | MW_ISA_AVX512VNNI)
#define ISA_NAME "avx512vnni"
#define ISA_SUFFIX "avx512vnni"
#define SMALL_OPS "avx2"

#include "kernels/tvl16_k.h"

#include <immintrin.h>

enum { STREAMS = 1 /* see avx512vnni_blocks.h */, QUADS = GROUP / 4, AND_OR = 0xea /* VPTERNLOGD: (a & b) | c */ };
#define TOKENS 8

typedef __m512 sums;
#define sums_zero _mm512_setzero_ps
#define sums_store _mm512_storeu_ps

/* Codes are broadcast by the instructions that multiply by them. */
typedef mw_x8 ready_x;

static inline ready_x ready(const mw_x8 *x)
{
    return *x;
}

/* Codes 4 i to 4 i + 3 of x in every lane. */
static inline __m512i four(const ready_x *x, size_t i)
{
    int32_t lane;
    __builtin_memcpy(&lane, x->codes + 4 * i, sizeof lane);
    return _mm512_set1_epi32(lane);
}

static inline __m512i line_of(const char *codes, size_t l)
{
    return _mm512_load_si512(codes + l * LINE);
}

/* Unsigned or signed bytes of 16 rows. */
static inline __m128i rows_at(const void *bytes)
{
    return _mm_load_si128(bytes);
}

static inline sums add_halves(sums acc, const char *halves, sums products, float sign)
{
    const __m512 of_w = _mm512_cvtph_ps(_mm256_load_si256((const __m256i *)(const void *)halves));
    return sign > 0 ? _mm512_fmadd_ps(of_w, products, acc) : _mm512_fnmadd_ps(of_w, products, acc);
}

/* Adds the products of columns 4 i to 4 i + 15. */
static inline __m512i dot_of(__m512i sum, const __m512i w[QUADS], const ready_x *x, size_t i)
{
    for (size_t k = i; k < i + 4; k++)
        sum = _mm512_dpbusd_epi32(sum, w[k], four(x, k));
    return sum;
}

#endif
