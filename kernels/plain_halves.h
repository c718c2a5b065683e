/* The textbook GEMV over 16-bit values in f32, one sum per row, for both layouts. The file that includes this has
 * defined float_of(uint16_t) and TILED: 1 for layout tvl, else row-major. */
#ifndef MW_KERNELS_PLAIN_HALVES_H
#define MW_KERNELS_PLAIN_HALVES_H

#include "kernels/kernel.h"

enum { R = TILED ? 16 : 1, ALIGN = TILED ? 64 : 2 };

/* The place of W[i][j]. In layout tvl two columns of 16 rows are a line, the two values of a row side by side. */
static inline size_t place(size_t i, size_t j, size_t ld)
{
    return TILED ? i / R * (ld + ld % 2) * R + j / 2 * 2 * R + i % R * 2 + j % 2 : i * ld + j;
}

static void gemv(float *restrict y, const void *restrict weights, const void *restrict activations, size_t rows,
                 size_t cols, size_t ld)
{
    const uint16_t *restrict w = weights;
    const float *restrict x = activations;
    for (size_t i = 0; i < rows; i++) {
        float sum = 0;
        for (size_t j = 0; j < cols; j++)
            sum += float_of(w[place(i, j, ld)]) * x[j];
        y[i] = sum;
    }
}

/* What the descriptors of these kernels have in common; each adds name and description. */
#define PLAIN_KERNEL(of_dtype) \
    MW_KERNEL_DEFAULTS, .op = MW_OP_GEMV, .dtype = of_dtype, .layout = TILED ? MW_LAYOUT_TVL16 : MW_LAYOUT_ROWMAJOR, \
                        .isa = MW_ISA_BASE, .isa_name = "c", .ops = "scalar", .tile_rows = R, .align = ALIGN, \
                        .fn.gemv = gemv

#endif
