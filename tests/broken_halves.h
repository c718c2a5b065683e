/* Kernels of bf16 and f16, row-major and in layout tvl, with one mistake each. tests/broken_kernels.h lists them. */
#ifndef MW_TESTS_BROKEN_HALVES_H
#define MW_TESTS_BROKEN_HALVES_H

#include "kernels/kernel.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#define HALVES(name) \
    static float name##_float(uint16_t half); \
    static void name(float *y, const void *weights, const void *activations, size_t rows, size_t cols, size_t ld) \
    { \
        const uint16_t *w = weights; \
        const float *x = activations; \
        for (size_t i = 0; i < rows; i++) { \
            y[i] = 0; \
            for (size_t j = 0; j < cols; j++) \
                y[i] += name##_float(w[i * ld + j]) * x[j]; \
        } \
    } \
    static float name##_float(uint16_t half)

HALVES(takes_lower_half) /* of the f32 */
{
    const uint32_t bits = half;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

HALVES(drops_last_bit)
{
    return mw_float_of_bf16(half & 0xfffe);
}

HALVES(flushes_subnormals)
{
    return half & 0x7c00 ? mw_float_of_f16(half) : 0;
}

HALVES(takes_infinity_for_a_number) /* all exponents alike */
{
    const float value = ldexpf((float)(half & 0x3ff) + (half & 0x7c00 ? 1024 : 0), (half >> 10 & 0x1f) - 25);
    return (half & 0x8000 ? -value : value) * (half & 0x7c00 ? 1 : 2);
}

/* `panel`: values of a panel. */
static void halves_of_panels(float *y, const uint16_t *w, const float *x, size_t rows, size_t cols, size_t panel,
                             size_t swap)
{
    for (size_t i = 0; i < rows; i++) {
        y[i] = 0;
        for (size_t j = 0; j < cols; j++)
            y[i] += mw_float_of_bf16(w[i / 16 * panel + j / 2 * 32 + i % 16 * 2 + (j % 2 ^ swap)]) * x[j];
    }
}

static void forgets_odd_column(float *y, const void *w, const void *x, size_t rows, size_t cols, size_t ld)
{
    halves_of_panels(y, w, x, rows, cols, ld / 2 * 32, 0);
}

static void swaps_pairs(float *y, const void *w, const void *x, size_t rows, size_t cols, size_t ld)
{
    halves_of_panels(y, w, x, rows, cols, (ld + 1) / 2 * 32, 1);
}

#endif
