/* Peak of 256-bit vectors. */
#include <immintrin.h>

#define PEAK_LANES 8
#define PEAK_CHAINS 12
#define peak_vector __m256
#define peak_all _mm256_set1_ps
#define peak_load _mm256_loadu_ps
#define peak_store _mm256_storeu_ps
#define peak_fma(a, x, y) _mm256_fmadd_ps(x, y, a)
#include "kernels/peak_loop.h"

const mw_peak mw_peak_avx2 = {"avx2", MW_ISA_AVX2, PEAK_LANES, PEAK_CHAINS, 1, false, peak_run};
