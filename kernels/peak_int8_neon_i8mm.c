/* Peak of int8 in 128-bit vectors: a product of two matrices adds eight products of bytes to each of four lanes. */
#include "kernels/neon.h"

#define PEAK_NUMBER int32_t
#define PEAK_LANES 4
#define PEAK_CHAINS 16
#define PEAK_X int8x16_t
#define peak_vector int32x4_t
#define peak_all(value) vdupq_n_s8((int8_t)(value))
#define peak_load vld1q_s32
#define peak_store vst1q_s32
#define peak_fma(a, x, y) vmmlaq_s32(a, x, y)
#include "kernels/peak_loop.h"

const mw_peak mw_peak_int8_neon_i8mm = {MW_I8MM_ISA_NAME, MW_I8MM_ISA, PEAK_LANES, PEAK_CHAINS, 8, true, peak_run};
