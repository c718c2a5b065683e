/* A vector of VECTOR_BITS bits, which is defined before this is included: names for what loops that know nothing of the
 * width need. 128 is NEON, 256 and 512 are AVX. */
#ifndef MW_KERNELS_VECTOR_H
#define MW_KERNELS_VECTOR_H

#if VECTOR_BITS == 128
#include "kernels/neon.h"
#define vector float32x4_t
#define vector_zero() vdupq_n_f32(0)
#define vector_all vdupq_n_f32
#define vector_load vld1q_f32
#define vector_store vst1q_f32
#define vector_add vaddq_f32
#define vector_sub vsubq_f32
#define vector_mul vmulq_f32
#define vector_div vdivq_f32
#define vector_max vmaxq_f32
#define vector_fma(a, b, c) vfmaq_f32(c, a, b)
#define vector_first(v) vgetq_lane_f32(v, 0)
#define vector_sum vaddvq_f32
#define vector_most vmaxvq_f32
#elif VECTOR_BITS == 256
#include "kernels/avx_sum.h"
#define vector __m256
#define vector_zero _mm256_setzero_ps
#define vector_all _mm256_set1_ps
#define vector_load _mm256_loadu_ps
#define vector_store _mm256_storeu_ps
#define vector_add _mm256_add_ps
#define vector_sub _mm256_sub_ps
#define vector_mul _mm256_mul_ps
#define vector_div _mm256_div_ps
#define vector_max _mm256_max_ps
#define vector_fma _mm256_fmadd_ps
#define vector_first _mm256_cvtss_f32
#define vector_sum avx_sum8
#define vector_most avx_most8
#else
#include "kernels/avx_sum.h"
#define vector __m512
#define vector_zero _mm512_setzero_ps
#define vector_load _mm512_loadu_ps
#define vector_fma _mm512_fmadd_ps
#define vector_sum avx_sum16
#endif

enum { V = VECTOR_BITS / 32 };

#endif
