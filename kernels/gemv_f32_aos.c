/* Control that must look bad: each weight sits in a padded struct (four floats, one of them a weight), so three
 * quarters of every line are fetched for nothing. */
#include "kernels/kernel.h"

typedef struct cell {
    float weight, padding[3];
} cell;

static void gemv(float *y, const void *weights, const void *activations, size_t rows, size_t cols, size_t ld)
{
    const float *w = weights, *x = activations;
    const cell *cells = (const cell *)w;
    for (size_t i = 0; i < rows; i++) {
        float sum = 0;
        for (size_t j = 0; j < cols; j++)
            sum += cells[i * ld + j].weight * x[j];
        y[i] = sum;
    }
}

const mw_kernel mw_gemv_f32_aos = {
    MW_KERNEL_DEFAULTS,
    .name = "aos",
    .description = "control: each weight in a 16-byte struct, a quarter of every line useful",
    .op = MW_OP_GEMV,
    .layout = MW_LAYOUT_AOS,
    .isa_name = "c",
    .ops = "scalar",
    .fn.gemv = gemv,
};
