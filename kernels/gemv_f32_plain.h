/* The textbook row-major GEMV in f32, one sum per row. The generated code depends on the flags of the file that
 * includes it: gemv_f32_scalar.c, gemv_f32_autovec.c, gemv_f32_autovec_assoc*.c. */
#ifndef MW_KERNELS_GEMV_F32_PLAIN_H
#define MW_KERNELS_GEMV_F32_PLAIN_H

#include "kernels/kernel.h"

static void gemv_f32_plain(float *restrict y, const void *restrict weights, const void *restrict activations,
                           size_t rows, size_t cols, size_t ld)
{
    const float *restrict w = weights, *restrict x = activations;
    for (size_t i = 0; i < rows; i++) {
        float sum = 0;
        for (size_t j = 0; j < cols; j++)
            sum += w[i * ld + j] * x[j];
        y[i] = sum;
    }
}

#endif
