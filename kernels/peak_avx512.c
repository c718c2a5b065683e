/* Peak of 512-bit vectors, of which there are 32. */
#include <immintrin.h>

#define PEAK_LANES 16
#define PEAK_CHAINS 16
#define peak_vector __m512
#define peak_all _mm512_set1_ps
#define peak_load _mm512_loadu_ps
#define peak_store _mm512_storeu_ps
#define peak_fma(a, x, y) _mm512_fmadd_ps(x, y, a)
#include "kernels/peak_loop.h"

const mw_peak mw_peak_avx512 = {"avx512", MW_ISA_AVX2 | MW_ISA_AVX512, PEAK_LANES, PEAK_CHAINS, 1, false, peak_run};
