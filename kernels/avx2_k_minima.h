/* Scales and minima of q4_K and q5_K with AVX2. Each of the 12 bytes with them is stored for 16 rows together, so a
 * vector has two of these (mw_k_scale in dtype_k.h says which bits are what). */
#ifndef MW_KERNELS_AVX2_K_MINIMA_H
#define MW_KERNELS_AVX2_K_MINIMA_H

#define SCALE_BYTES 12
#define HALVES 2
#include "kernels/avx2_k.h"

/* One byte for each group and row. */
typedef struct small {
    unsigned char scale[GROUPS][R], minimum[GROUPS][R];
} __attribute__((aligned(32))) small;

static inline void put_two(unsigned char to[2][R], __m256i bytes)
{
    _mm256_store_si256((__m256i *)(void *)to, bytes);
}

static inline __attribute__((always_inline)) small small_of(const block *at)
{
    const __m256i six = _mm256_set1_epi8(63), four_bits = _mm256_set1_epi8(15), upper = _mm256_set1_epi8(48);
    small s;
    for (size_t g = 0; g < 4; g += 2) {
        const __m256i *bytes = (const __m256i *)(const void *)(at->scales + g * R);
        const __m256i a = _mm256_load_si256(bytes), b = _mm256_load_si256(bytes + 2), c = _mm256_load_si256(bytes + 4);
        const __m256i a_upper = _mm256_and_si256(_mm256_srli_epi16(a, 2), upper);
        const __m256i b_upper = _mm256_and_si256(_mm256_srli_epi16(b, 2), upper);
        put_two(s.scale + g, _mm256_and_si256(a, six));
        put_two(s.minimum + g, _mm256_and_si256(b, six));
        put_two(s.scale + 4 + g, _mm256_or_si256(_mm256_and_si256(c, four_bits), a_upper));
        put_two(s.minimum + 4 + g, _mm256_or_si256(_mm256_and_si256(_mm256_srli_epi16(c, 4), four_bits), b_upper));
    }
    return s;
}

static inline sums add_minima(sums acc, const small *s, size_t g, float x)
{
    for (size_t h = 0; h < 2; h++) {
        const __m128i bytes = _mm_loadl_epi64((const __m128i *)(const void *)(s->minimum[g] + 8 * h));
        const __m256 minima = _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(bytes));
        acc.of[h] = _mm256_fmadd_ps(minima, _mm256_set1_ps(x), acc.of[h]);
    }
    return acc;
}

/* Scales in 16 bits, twice in the lane of each row. */
typedef struct factors {
    __m256i of[2];
} factors;

static inline factors factors_of(const small *s, size_t g)
{
    const __m128i bytes = _mm_load_si128((const __m128i *)(const void *)s->scale[g]);
    const __m256i both = _mm256_broadcastsi128_si256(bytes);
    const __m256i top = _mm256_setr_epi8(0, -1, 0, -1, 1, -1, 1, -1, 2, -1, 2, -1, 3, -1, 3, -1, /* rows 0 to 3 */
                                         4, -1, 4, -1, 5, -1, 5, -1, 6, -1, 6, -1, 7, -1, 7, -1);
    const __m256i bottom = _mm256_setr_epi8(8, -1, 8, -1, 9, -1, 9, -1, 10, -1, 10, -1, 11, -1, 11, -1, /* 8 to 11 */
                                            12, -1, 12, -1, 13, -1, 13, -1, 14, -1, 14, -1, 15, -1, 15, -1);
    return (factors){{_mm256_shuffle_epi8(both, top), _mm256_shuffle_epi8(both, bottom)}};
}

#endif
