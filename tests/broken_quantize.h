/* Quantizers of activations with one mistake each. tests/broken_kernels.h lists them. */
#ifndef MW_TESTS_BROKEN_QUANTIZE_H
#define MW_TESTS_BROKEN_QUANTIZE_H

#include "kernels/kernel.h"

#include <math.h>

/* A right kernel divides the largest magnitude by 127, rounds with rintf, and starts at 2^-90. */
static void quantize_with(mw_x8 *to, const float *x, size_t n, float codes, float (*to_whole)(float), float least)
{
    for (; n >= MW_X8; n -= MW_X8, x += MW_X8, to++) {
        float most = 0;
        bool finite = true;
        for (size_t j = 0; j < MW_X8; j++) {
            most = fmaxf(most, fabsf(x[j]));
            finite &= isfinite(x[j]) != 0;
        }
        *to = (mw_x8){.scale = finite ? 0 : NAN};
        if (!finite || most < least || most == 0)
            continue;
        to->scale = most / codes;
        for (size_t j = 0; j < MW_X8; j++) {
            to->codes[j] = (int8_t)to_whole(x[j] * (127 / most));
            to->sum += to->codes[j];
        }
    }
}

static void right_quantize(mw_x8 *to, const float *x, size_t n)
{
    quantize_with(to, x, n, 127, rintf, 0x1p-90f);
}

static void rounds_ties_away(mw_x8 *to, const float *x, size_t n)
{
    quantize_with(to, x, n, 127, roundf, 0x1p-90f);
}

static void truncates(mw_x8 *to, const float *x, size_t n)
{
    quantize_with(to, x, n, 127, truncf, 0x1p-90f);
}

static void scales_by_128(mw_x8 *to, const float *x, size_t n)
{
    quantize_with(to, x, n, 128, rintf, 0x1p-90f);
}

static void keeps_what_is_tiny(mw_x8 *to, const float *x, size_t n)
{
    quantize_with(to, x, n, 127, rintf, 0x1p-120f);
}

static void forgets_sum(mw_x8 *to, const float *x, size_t n)
{
    right_quantize(to, x, n);
    for (size_t b = 0; b < n / MW_X8; b++)
        to[b].sum = 0;
}

static void skips_last_block(mw_x8 *to, const float *x, size_t n)
{
    right_quantize(to, x, n > MW_X8 ? n - MW_X8 : n);
}

static void hides_bad_value(mw_x8 *to, const float *x, size_t n) /* a scale that is finite in any case */
{
    right_quantize(to, x, n);
    for (size_t b = 0; b < n / MW_X8; b++)
        to[b].scale = isfinite(to[b].scale) ? to[b].scale : 0;
}

#endif
