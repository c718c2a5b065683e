/* Peak of int8 in 128-bit vectors without a dot product: 8-bit products are added to 16 bits, these in pairs to 32. */
#include "kernels/neon.h"

#define PEAK_NUMBER int32_t
#define PEAK_LANES 4
#if defined(__aarch64__)
#define PEAK_CHAINS 16
#define PEAK_FORGET(x) __asm__("" : "+w"(x));
#else
#define PEAK_CHAINS 12
#define PEAK_FORGET(x) __asm__("" : "+x"(x));
#endif
#define PEAK_X int8x16_t
#define peak_vector int32x4_t
#define peak_all(value) vdupq_n_s8((int8_t)(value))
#define peak_load vld1q_s32
#define peak_store vst1q_s32
#define peak_fma(a, x, y) add_products(a, x, y)

/* Two products a lane: eight of 16 bits, of the lower halves of x and y. */
static inline int32x4_t add_products(int32x4_t a, int8x16_t x, int8x16_t y)
{
    int16x8_t products = vmull_s8(vget_low_s8(x), vget_low_s8(y));
    PEAK_FORGET(products)
    return vpadalq_s16(a, products);
}
#include "kernels/peak_loop.h"

const mw_peak mw_peak_int8_neon = {MW_NEON_ISA_NAME, MW_NEON_ISA, PEAK_LANES, PEAK_CHAINS, 2, true, peak_run};
