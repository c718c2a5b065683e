/* Naive NEON for several tokens: every sum is computed in the order of gemv_f32_neon.c, so its bits are the same, but
 * many of them run side by side.
 *
 * There each FMA waits for the one before it. Here a tile of rows and tokens has an accumulator for each of its
 * outputs, which keeps the pipes busy, and a vector of weights or of x serves a whole row of the tile once it is
 * loaded. */
#include "kernels/kernel.h"
#include "kernels/neon.h"

/* Each output has a register: x86-64 under AVX2 has 16, of which operands take four; AArch64 has 32, of which compilers
 * want ten or so for operands. */
#if defined(__aarch64__)
enum { OUTPUTS = 20, TOKENS = 5, BLOCK = 60 };
#else
enum { OUTPUTS = 12, TOKENS = 4, BLOCK = 24 };
#endif

/* Compilers unroll loops of up to 16 iterations; otherwise accumulators are not kept in registers. */
enum { ROWS = 12 };

#include "kernels/gemm_f32_tiles.h"

static inline __attribute__((always_inline)) void tile(const operands *o, size_t i, size_t t, size_t rows,
                                                       size_t tokens)
{
    const size_t cols = o->cols, ld = o->ld, ldx = o->ldx;
    const float *w = o->w + i * ld, *x = o->x + t * ldx;
    float32x4_t acc[TOKENS][ROWS];
    for (size_t s = 0; s < tokens; s++)
        for (size_t r = 0; r < rows; r++)
            acc[s][r] = vdupq_n_f32(0);
    size_t j = 0;
    for (; j + 4 <= cols; j += 4) {
        float32x4_t weights[ROWS];
        for (size_t r = 0; r < rows; r++)
            weights[r] = vld1q_f32(w + r * ld + j);
        for (size_t s = 0; s < tokens; s++) {
            const float32x4_t xs = vld1q_f32(x + s * ldx + j);
            for (size_t r = 0; r < rows; r++)
                acc[s][r] = vfmaq_f32(acc[s][r], weights[r], xs);
        }
    }
    float sums[TOKENS][ROWS]; /* apart from the loop below, which is too long to be unrolled */
    for (size_t s = 0; s < tokens; s++)
        for (size_t r = 0; r < rows; r++)
            sums[s][r] = vaddvq_f32(acc[s][r]);
    for (size_t s = 0; s < tokens; s++)
        for (size_t r = 0; r < rows; r++) {
            float sum = sums[s][r];
            for (size_t tail = j; tail < cols; tail++)
                sum += w[r * ld + tail] * x[s * ldx + tail];
            o->y[(t + s) * o->ldy + i + r] = sum;
        }
}

const mw_kernel mw_gemm_f32_neon = {
    MW_KERNEL_DEFAULTS,
    .name = "neon",
    .description = "gemv neon for several tokens: bit-identical, many sums in parallel",
    .op = MW_OP_GEMM,
    .layout = MW_LAYOUT_ROWMAJOR,
    .isa = MW_NEON_ISA,
    .isa_name = MW_NEON_ISA_NAME,
    .tile_rows = OUTPUTS / TOKENS,
    .tile_cols = 4,
    .fn.gemm = gemm,
};
