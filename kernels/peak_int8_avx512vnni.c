/* Peak of int8 in 512-bit vectors: a dot product adds four products of bytes to each of 16 lanes. */
#include <immintrin.h>
#include <stdint.h>

#define PEAK_NUMBER int32_t
#define PEAK_LANES 16
#define PEAK_CHAINS 16
#define peak_vector __m512i
#define peak_all(value) _mm512_set1_epi8((char)(value))
#define peak_load(from) _mm512_loadu_si512(from)
#define peak_store(to, v) _mm512_storeu_si512(to, v)
#define peak_fma(a, x, y) _mm512_dpbusd_epi32(a, x, y)
#include "kernels/peak_loop.h"

const mw_peak mw_peak_int8_avx512vnni = {
    "avx512vnni", MW_ISA_AVX2 | MW_ISA_AVX512 | MW_ISA_AVX512VNNI, PEAK_LANES, PEAK_CHAINS, 4, true, peak_run};
