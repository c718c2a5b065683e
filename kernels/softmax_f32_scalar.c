/* Softmax in place; the largest value is taken out first, so that no exponential overflows. */
#include "kernels/kernel.h"

#include <math.h>

static void softmax(float *x, size_t n)
{
    float max = x[0], sum = 0;
    for (size_t i = 1; i < n; i++)
        if (x[i] > max)
            max = x[i];
    for (size_t i = 0; i < n; i++) {
        x[i] = expf(x[i] - max);
        sum += x[i];
    }
    for (size_t i = 0; i < n; i++)
        x[i] /= sum;
}

const mw_kernel mw_softmax_f32_scalar = {
    MW_KERNEL_DEFAULTS,
    .name = "scalar",
    .description = "plain C, vectorizer off",
    .op = MW_OP_SOFTMAX,
    .layout = MW_LAYOUT_ROWMAJOR,
    .isa_name = "c",
    .fn.softmax = softmax,
};
