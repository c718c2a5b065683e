/* Row-major GEMV over GGUF's blocks of a block format: two rows are in flight, half of the matrix apart, so that each
 * is a long forward stream. The scales of each block are scalars between the codes, and there is a horizontal sum per
 * row: that is what layout tvl saves.
 *
 * The file of an instruction set has defined dot(w0, w1, x), four lanes whose sum is that of 32 products; that of a
 * dtype CODE_BYTES and codes_of(p, &w0, &w1), the codes of the block whose codes begin at p. */
#ifndef MW_KERNELS_NEON_BLOCK_ROWS_H
#define MW_KERNELS_NEON_BLOCK_ROWS_H

#include "kernels/kernel.h"
#include "kernels/prefetch.h"
#include "kernels/neon.h"

enum { STREAMS = 2, GROUP = 32, SCALE_BYTES = 2, BLOCK_BYTES = SCALE_BYTES + CODE_BYTES };

static inline void codes_of(const char *p, int8x16_t *w0, int8x16_t *w1);

static inline __attribute__((always_inline)) float32x4_t add_block(float32x4_t acc, const char *block, const mw_x8 *x)
{
    int8x16_t w0, w1;
    __builtin_prefetch(block + AHEAD);
    codes_of(block + SCALE_BYTES, &w0, &w1);
    const float scale = mw_half_to_float(block) * x->scale;
    return vfmaq_n_f32(acc, vcvtq_f32_s32(dot(w0, w1, x->codes)), scale);
}

static void gemv(float *y, const void *weights, const void *activations, size_t rows, size_t cols, size_t ld)
{
    const mw_x8 *x = activations;
    const size_t groups = cols / GROUP, bytes = ld / GROUP * BLOCK_BYTES, half = rows / STREAMS;
    const char *w = weights, *far = w + half * bytes;
    for (size_t i = 0; i < half; i++, w += bytes, far += bytes) {
        float32x4_t a = vdupq_n_f32(0), b = a;
        for (size_t g = 0; g < groups; g++) {
            a = add_block(a, w + g * BLOCK_BYTES, x + g);
            b = add_block(b, far + g * BLOCK_BYTES, x + g);
        }
        y[i] = vaddvq_f32(a);
        y[half + i] = vaddvq_f32(b);
    }
    if (rows % STREAMS) {
        float32x4_t a = vdupq_n_f32(0);
        for (size_t g = 0; g < groups; g++)
            a = add_block(a, far + g * BLOCK_BYTES, x + g);
        y[rows - 1] = vaddvq_f32(a);
    }
}

/* What the descriptors of these kernels have in common; each adds its description. */
#define ROWS_KERNEL(of_dtype) \
    MW_KERNEL_DEFAULTS, .op = MW_OP_GEMV, .name = ISA_SUFFIX, .dtype = of_dtype, .layout = MW_LAYOUT_ROWMAJOR, \
                        .isa = ISA, .isa_name = ISA_NAME, .ops = SMALL_OPS, .tile_rows = STREAMS, .tile_cols = GROUP, \
                        .align = 2, .col_multiple = GROUP, .fn.gemv = gemv

#endif
