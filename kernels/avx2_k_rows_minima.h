/* Scales and minima of q4_K and q5_K in row-major blocks: 6 bits each, in 12 bytes (mw_k_scale in dtype_k.h). */
#ifndef MW_KERNELS_AVX2_K_ROWS_MINIMA_H
#define MW_KERNELS_AVX2_K_ROWS_MINIMA_H

#include "kernels/avx2_k_rows.h"

/* The scales of eight groups as 16-bit numbers, in both halves of a vector, and the minima as floats. */
typedef struct small {
    __m256i scales;
    __m256 minima;
} small;

static inline small small_of(const char *block)
{
    uint32_t a, b, c; /* four bytes at a time */
    __builtin_memcpy(&a, block + 4, sizeof a);
    __builtin_memcpy(&b, block + 8, sizeof b);
    __builtin_memcpy(&c, block + 12, sizeof c);
    const uint64_t scales = (a & 0x3f3f3f3f) | (uint64_t)((c & 0x0f0f0f0f) | (a >> 2 & 0x30303030)) << 32;
    const uint64_t minima = (b & 0x3f3f3f3f) | (uint64_t)((c >> 4 & 0x0f0f0f0f) | (b >> 2 & 0x30303030)) << 32;
    const __m128i words = _mm_cvtepu8_epi16(_mm_cvtsi64_si128((long long)scales));
    return (small){_mm256_broadcastsi128_si256(words),
                   _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_cvtsi64_si128((long long)minima)))};
}

/* Adds d * products - dmin * minima * sums. */
static inline __m256 add_halves(__m256 acc, const char *block, __m256 products, __m256 minima, __m256 sums)
{
    acc = _mm256_fmadd_ps(_mm256_set1_ps(half_at(block)), products, acc);
    return _mm256_fnmadd_ps(_mm256_set1_ps(half_at(block + 2)), _mm256_mul_ps(minima, sums), acc);
}

#endif
