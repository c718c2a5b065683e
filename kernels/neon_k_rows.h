/* Row-major GEMV over GGUF's super-blocks of a K format (dtype_k.h): two rows are in flight, half of the matrix apart,
 * as in neon_block_rows.h. The sums of eight groups become scalars, which are added in the order of kernel.h.
 *
 * The file of an instruction set has defined dot(w0, w1, x) and dot16(w, x), four lanes whose sum is that of 32 or 16
 * products. That of a dtype has included neon.h and defined BLOCK_BYTES, HALVES_AT (where d is, and dmin behind it if
 * there are MINIMA, which is 1 or 0), SUMS (of products in a block: one for each small scale), and
 *
 *   small, small_of(block)    int32x4_t scale[SUMS / 4] and, if there are MINIMA, float minimum[8]
 *   dots_of(dots, block, x)   SUMS times four lanes whose sum is that of products of codes */
#ifndef MW_KERNELS_NEON_K_ROWS_H
#define MW_KERNELS_NEON_K_ROWS_H

#include "kernels/prefetch.h"

#include <math.h>

enum { STREAMS = 2 };

static inline __attribute__((always_inline)) float add_block(float acc, const char *block, const mw_x8 *x)
{
    const small s = small_of(block);
    int32x4_t v[SUMS];
    float sums[GROUPS], products = 0;
    for (size_t i = 0; i < BLOCK_BYTES; i += 64)
        __builtin_prefetch(block + AHEAD + i);
    dots_of(v, block, x);
    for (size_t i = 0; i < SUMS / 4; i++) {
        const int32x4_t *of = v + 4 * i;
        v[i] = vmulq_s32(vpaddq_s32(vpaddq_s32(of[0], of[1]), vpaddq_s32(of[2], of[3])), s.scale[i]);
    }
    for (size_t i = 0; i < GROUPS / 4; i++)
        vst1q_f32(sums + 4 * i, vcvtq_f32_s32(SUMS > GROUPS ? vpaddq_s32(v[2 * i], v[2 * i + 1]) : v[i]));
    for (size_t g = 0; g < GROUPS; g++)
        products = fmaf(sums[g], x[g].scale, products);
    acc = fmaf(mw_half_to_float(block + HALVES_AT), products, acc);
#if MINIMA
    float minima = 0;
    for (size_t g = 0; g < GROUPS; g++)
        minima = fmaf(s.minimum[g], (float)x[g].sum * x[g].scale, minima);
    acc = fmaf(-mw_half_to_float(block + HALVES_AT + 2), minima, acc);
#endif
    return acc;
}

static void gemv(float *y, const void *weights, const void *activations, size_t rows, size_t cols, size_t ld)
{
    const mw_x8 *x = activations;
    const size_t blocks = cols / SUPER, bytes = ld / SUPER * BLOCK_BYTES, half = rows / STREAMS;
    const char *w = weights, *far = w + half * bytes;
    for (size_t i = 0; i < half; i++, w += bytes, far += bytes) {
        float a = 0, b = 0;
        for (size_t k = 0; k < blocks; k++) {
            a = add_block(a, w + k * BLOCK_BYTES, x + k * GROUPS);
            b = add_block(b, far + k * BLOCK_BYTES, x + k * GROUPS);
        }
        y[i] = a;
        y[half + i] = b;
    }
    if (rows % STREAMS) {
        float a = 0;
        for (size_t k = 0; k < blocks; k++)
            a = add_block(a, far + k * BLOCK_BYTES, x + k * GROUPS);
        y[rows - 1] = a;
    }
}

/* What the descriptors of these kernels have in common; each adds its description. */
#define K_ROWS_KERNEL(of_dtype) \
    MW_KERNEL_DEFAULTS, .op = MW_OP_GEMV, .name = ISA_SUFFIX, .dtype = of_dtype, .layout = MW_LAYOUT_ROWMAJOR, \
                        .isa = ISA, .isa_name = ISA_NAME, .ops = SMALL_OPS, .tile_rows = STREAMS, .tile_cols = SUPER, \
                        .align = 2, .col_multiple = SUPER, .fn.gemv = gemv

#endif
