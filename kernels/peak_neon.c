/* Peak of 128-bit vectors, through the same intrinsics as the NEON kernels. AArch64 has registers for more chains, and
 * cores with four pipes that need them; x86-64 has 16 under AVX2. */
#include "kernels/neon.h"

#define PEAK_LANES 4
#if defined(__aarch64__)
#define PEAK_CHAINS 16
#else
#define PEAK_CHAINS 12
#endif
#define peak_vector float32x4_t
#define peak_all vdupq_n_f32
#define peak_load vld1q_f32
#define peak_store vst1q_f32
#define peak_fma vfmaq_f32
#include "kernels/peak_loop.h"

const mw_peak mw_peak_neon = {MW_NEON_ISA_NAME, MW_NEON_ISA, PEAK_LANES, PEAK_CHAINS, 1, false, peak_run};
