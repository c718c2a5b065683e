/* GEMVs of f32 with one mistake each. tests/broken_kernels.h lists them. */
#ifndef MW_TESTS_BROKEN_GEMV_H
#define MW_TESTS_BROKEN_GEMV_H

#include "kernels/kernel.h"
#include "tests/broken_ops.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

enum { PANEL = 16 };

/* A right tvl kernel. */
static void right_tvl(float *y, const float *w, const float *x, size_t rows, size_t cols, size_t ld)
{
    for (size_t i = 0; i < rows; i++) {
        float sum = 0;
        for (size_t j = 0; j < cols; j++)
            sum += w[i / PANEL * PANEL * ld + j * PANEL + i % PANEL] * x[j];
        y[i] = sum;
    }
}

#define GEMV(name) \
    static void name##_f32(float *y, const float *w, const float *x, size_t rows, size_t cols, size_t ld); \
    static void name(float *y, const void *w, const void *x, size_t rows, size_t cols, size_t ld) \
    { \
        name##_f32(y, w, x, rows, cols, ld); \
    } \
    static void name##_f32(float *y, const float *w, const float *x, size_t rows, size_t cols, size_t ld)

GEMV(drops_last_column)
{
    right(y, w, x, rows, cols - 1, ld);
}

GEMV(drops_element_1000)
{
    for (size_t i = 0; i < rows; i++) {
        float sum = 0;
        for (size_t j = 0; j < cols; j++)
            sum += j == 1000 ? 0 : term(w, x, i, j, ld);
        y[i] = sum;
    }
}

GEMV(drops_odd_tail) /* works in fours and forgets what is left */
{
    right(y, w, x, rows, cols / 4 * 4, ld);
}

GEMV(writes_past_y)
{
    right(y, w, x, rows, cols, ld);
    ((volatile float *)y)[rows] = 0;
}

GEMV(writes_before_y)
{
    right(y, w, x, rows, cols, ld);
    ((volatile float *)y)[-1] = 0;
}

GEMV(skips_last_row)
{
    right(y, w, x, rows - 1, cols, ld);
}

GEMV(reads_past_w)
{
    right(y, w, x, rows, cols, ld);
    (void)((const volatile float *)w)[(rows - 1) * ld + cols];
}

GEMV(reads_past_x)
{
    right(y, w, x, rows, cols, ld);
    (void)((const volatile float *)x)[cols];
}

GEMV(reads_before_x) /* as an aligned load would, that starts too early */
{
    right(y, w, x, rows, cols, ld);
    (void)((const volatile float *)x)[-8];
}

GEMV(assumes_aligned_x)
{
    right(y, w, (const float *)((uintptr_t)x & ~(uintptr_t)15), rows, cols, ld);
}

GEMV(writes_to_x)
{
    right(y, w, x, rows, cols, ld);
    *(volatile float *)(uintptr_t)(x + cols - 1) *= 2;
}

GEMV(writes_to_w)
{
    right(y, w, x, rows, cols, ld);
    *(volatile float *)(uintptr_t)(w + cols - 1) *= 2;
}

GEMV(swaps_two_rows)
{
    right(y, w, x, rows, cols, ld);
    if (rows > 1) {
        float first = y[0];
        y[0] = y[1];
        y[1] = first;
    }
}

GEMV(swaps_two_columns)
{
    for (size_t i = 0; i < rows; i++) {
        float sum = 0;
        for (size_t j = 0; j < cols; j++)
            sum += w[i * ld + (j ^ (cols > 2 && j < 2))] * x[j];
        y[i] = sum;
    }
}

GEMV(hides_nan)
{
    right(y, w, x, rows, cols, ld);
    for (size_t i = 0; i < rows; i++)
        y[i] = isnan(y[i]) ? 0 : y[i];
}

GEMV(leaks_nan_to_next_row)
{
    right(y, w, x, rows, cols, ld);
    for (size_t i = 1; i < rows; i++)
        y[i] += 0 * y[i - 1];
}

GEMV(flushes_denormals)
{
    right(y, w, x, rows, cols, ld);
    for (size_t i = 0; i < rows; i++)
        y[i] = fabsf(y[i]) < 0x1p-126f ? 0 : y[i];
}

GEMV(sums_in_half_precision)
{
    right(y, w, x, rows, cols, ld);
    for (size_t i = 0; i < rows; i++) {
        uint32_t bits;
        memcpy(&bits, &y[i], sizeof bits);
        bits &= 0xffffe000u;
        memcpy(&y[i], &bits, sizeof bits);
    }
}

GEMV(differs_from_call_to_call) /* within the rounding bound */
{
    static int calls;
    right(y, w, x, rows, cols, ld);
    if (++calls % 2 && y[rows - 1] != truncf(y[rows - 1]))
        y[rows - 1] = nextafterf(y[rows - 1], 0);
}

GEMV(differs_from_share_to_share) /* the order of the sum depends on where the share starts */
{
    for (size_t i = 0; i < rows; i++) {
        float sum = 0;
        for (size_t j = 0; j < cols; j++)
            sum += term(w, x, i, i < PANEL ? j : cols - 1 - j, ld);
        y[i] = sum;
    }
}

GEMV(stores_padding_rows)
{
    right_tvl(y, w, x, (rows + PANEL - 1) / PANEL * PANEL, cols, ld);
}

GEMV(takes_tvl_for_rowmajor)
{
    right(y, w, x, rows, cols, ld);
}

GEMV(adds_padding_to_last_row)
{
    float padding[PANEL];
    right_tvl(y, w, x, rows, cols, ld);
    size_t last = rows / PANEL * PANEL;
    if (last == rows)
        return;
    right_tvl(padding, w + last * ld, x, PANEL, cols, ld);
    for (size_t r = rows - last; r < PANEL; r++)
        y[rows - 1] += padding[r];
}

#endif
