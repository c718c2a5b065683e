/* The textbook GEMV over a K format, for both layouts: group by group of 32 columns the exact sum of products, times
 * small scales (kernel.h). That file has defined
 *
 *   TILED                1: layout tvl, else row-major
 *   SCALE_BYTES, CODE_LINES, HALVES   of a block, see tvl16_k.h
 *   SCALES_AT, CODES_AT, HALVES_AT    where they begin in a row-major block
 *   code_of(codes, j)    code j of a block, without its offset, whose byte c is byte_of(codes, c)
 *   group_sum(scales, codes, g, x)    the sum of group g, in which every product has its small scale
 *   minimum_of(scales, g)             and its minimum; 0 if the format has none */
#ifndef MW_KERNELS_K_PLAIN_H
#define MW_KERNELS_K_PLAIN_H

#include "kernels/tvl16_k.h"

#include <math.h>
#include <string.h>

enum { BLOCK_BYTES = SCALE_BYTES + 4 * CODE_LINES + 2 * HALVES };

/* Byte c of a block's codes, and of its scales. */
static inline unsigned byte_of(const char *codes, size_t c)
{
    return (unsigned char)codes[TILED ? c / 4 * LINE + c % 4 : c];
}

static inline unsigned scale_byte(const char *scales, size_t s)
{
    return (unsigned char)scales[TILED ? s * R : s];
}

static inline int code_of(const char *codes, size_t j);
static inline int group_sum(const char *scales, const char *codes, size_t g, const int8_t *x);
static inline unsigned minimum_of(const char *scales, size_t g);

/* The sum of n products from column j of a block on. */
static inline int dot(const char *codes, size_t j, const int8_t *x, size_t n)
{
    int sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += code_of(codes, j + i) * x[i];
    return sum;
}

static inline float half_of(const char *at)
{
    uint16_t half;
    memcpy(&half, at, sizeof half);
    return mw_float_of_f16(half);
}

static inline float add_block(float sum, const char *scales, const char *codes, const char *halves, const mw_x8 *x)
{
    float products = 0, minima = 0;
    for (size_t g = 0; g < GROUPS; g++) {
        products = fmaf((float)group_sum(scales, codes, g, x[g].codes), x[g].scale, products);
        minima = fmaf((float)minimum_of(scales, g), (float)x[g].sum * x[g].scale, minima);
    }
    sum = fmaf(half_of(halves), products, sum);
    return HALVES == 2 ? fmaf(-half_of(halves + (TILED ? HALF_BYTES : 2)), minima, sum) : sum;
}

static void gemv(float *restrict y, const void *restrict weights, const void *restrict activations, size_t rows,
                 size_t cols, size_t ld)
{
    const char *w = weights;
    const mw_x8 *x = activations;
    for (size_t i = 0; i < rows; i++) {
        float sum = 0;
        for (size_t b = 0; b < cols / SUPER; b++) {
#if TILED
            const block at = block_of(w + i / R * panel_bytes(ld), b, cols / SUPER);
            const size_t r = i % R;
            sum = add_block(sum, at.scales + r, at.codes + r * 4, at.halves + r * 2, x + b * GROUPS);
#else
            const char *at = w + (i * (ld / SUPER) + b) * BLOCK_BYTES;
            sum = add_block(sum, at + SCALES_AT, at + CODES_AT, at + HALVES_AT, x + b * GROUPS);
#endif
        }
        y[i] = sum;
    }
}

/* What the descriptors of these kernels have in common; each adds name and description. */
#define PLAIN_KERNEL(of_dtype) \
    MW_KERNEL_DEFAULTS, .op = MW_OP_GEMV, .dtype = of_dtype, .layout = TILED ? MW_LAYOUT_TVL16 : MW_LAYOUT_ROWMAJOR, \
                        .isa = MW_ISA_BASE, .isa_name = "c", .ops = "scalar", .tile_rows = TILED ? R : 1, \
                        .tile_cols = SUPER, .align = TILED ? LINE : 2, .col_multiple = SUPER, .fn.gemv = gemv

#endif
