/* Scales and minima of q4_K and q5_K with AVX-512. Each of the 12 bytes with them is stored for 16 rows together, so a
 * line has four of these (mw_k_scale in dtype_k.h says which bits are what). */
#ifndef MW_KERNELS_AVX512VNNI_K_MINIMA_H
#define MW_KERNELS_AVX512VNNI_K_MINIMA_H

#define SCALE_BYTES 12
#define HALVES 2
#include "kernels/avx512vnni_k.h"

/* One byte for each group and row. */
typedef struct small {
    unsigned char scale[GROUPS][R], minimum[GROUPS][R];
} __attribute__((aligned(64))) small;

static inline __attribute__((always_inline)) small small_of(const block *at)
{
    const __m512i six = _mm512_set1_epi8(63), low = _mm512_set1_epi8(15), upper = _mm512_set1_epi8(48);
    const __m512i a = line_of(at->scales, 0), b = line_of(at->scales, 1), c = line_of(at->scales, 2);
    const __m512i c_low = _mm512_and_si512(c, low), c_high = _mm512_and_si512(_mm512_srli_epi16(c, 4), low);
    small s;
    _mm512_store_si512(s.scale, _mm512_and_si512(a, six));
    _mm512_store_si512(s.scale + 4, _mm512_ternarylogic_epi32(_mm512_srli_epi16(a, 2), upper, c_low, AND_OR));
    _mm512_store_si512(s.minimum, _mm512_and_si512(b, six));
    _mm512_store_si512(s.minimum + 4, _mm512_ternarylogic_epi32(_mm512_srli_epi16(b, 2), upper, c_high, AND_OR));
    return s;
}

static inline sums add_minima(sums acc, const small *s, size_t g, float x)
{
    const __m512 minima = _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(rows_at(s->minimum[g])));
    return _mm512_fmadd_ps(minima, _mm512_set1_ps(x), acc);
}

typedef __m512i factors;

static inline factors factors_of(const small *s, size_t g)
{
    return _mm512_cvtepu8_epi32(rows_at(s->scale[g]));
}

static inline __m512i row_sums(const __m512i w[QUADS], factors f, const ready_x *x)
{
    return _mm512_mullo_epi32(dot_of(dot_of(_mm512_setzero_si512(), w, x, 0), w, x, 4), f);
}

#endif
