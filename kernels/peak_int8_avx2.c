/* Peak of int8 in 256-bit vectors without a dot product: products are added in pairs to 16 bits, pairs to 32. */
#include <immintrin.h>
#include <stdint.h>

#define PEAK_NUMBER int32_t
#define PEAK_LANES 8
#define PEAK_CHAINS 12
#define PEAK_FORGET(x) __asm__("" : "+x"(x));
#define peak_vector __m256i
#define peak_all(value) _mm256_set1_epi8((char)(value))
#define peak_load(from) _mm256_loadu_si256((const __m256i *)(const void *)(from))
#define peak_store(to, v) _mm256_storeu_si256((__m256i *)(void *)(to), v)
#define peak_fma(a, x, y) add_products(a, x, y)

static inline __m256i add_products(__m256i a, __m256i x, __m256i y)
{
    __m256i pairs = _mm256_maddubs_epi16(x, y);
    __asm__("" : "+x"(pairs)); /* for each accumulator again */
    return _mm256_add_epi32(a, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}
#include "kernels/peak_loop.h"

const mw_peak mw_peak_int8_avx2 = {"avx2", MW_ISA_AVX2, PEAK_LANES, PEAK_CHAINS, 4, true, peak_run};
