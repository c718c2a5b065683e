/* A vector of VECTOR_BITS bits, 256 or 512, which is defined before this is included: names for what loops that know
 * nothing of the width need. */
#ifndef MW_KERNELS_VECTOR_H
#define MW_KERNELS_VECTOR_H

#include "kernels/avx_sum.h"

#if VECTOR_BITS == 512
#define vector __m512
#define vector_zero _mm512_setzero_ps
#define vector_load _mm512_loadu_ps
#define vector_fma _mm512_fmadd_ps
#define vector_sum avx_sum16
#else
#define vector __m256
#define vector_zero _mm256_setzero_ps
#define vector_load _mm256_loadu_ps
#define vector_fma _mm256_fmadd_ps
#define vector_sum avx_sum8
#endif

enum { V = VECTOR_BITS / 32 };

#endif
