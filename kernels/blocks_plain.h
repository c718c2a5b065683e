/* The textbook GEMV over a block format, for both layouts: block by block the exact sum of products of codes, times the
 * scales. The generated code depends on the flags of the file that includes it. That file has defined
 *
 *   CODE_LINES           a block's bytes of codes, divided by 4
 *   code_of(codes, j)    code j of a block, whose byte c is byte_of(codes, c)
 *   TILED                1: layout tvl, else row-major */
#ifndef MW_KERNELS_BLOCKS_PLAIN_H
#define MW_KERNELS_BLOCKS_PLAIN_H

#include "kernels/kernel.h"

#include <math.h>
#include <string.h>

#if TILED
#include "kernels/tvl16_blocks.h"
enum { ALIGN = LINE };
#else
enum { R = 1, GROUP = 32, ALIGN = 2 };
#endif

enum { SCALE_BYTES = 2 };

/* Byte c of a block's codes. In layout tvl four of them are a lane of a line. */
static inline unsigned byte_of(const char *codes, size_t c)
{
    return (unsigned char)codes[TILED ? c / 4 * 64 + c % 4 : c];
}

static inline int code_of(const char *codes, size_t j);

static void gemv(float *restrict y, const void *restrict weights, const void *restrict activations, size_t rows,
                 size_t cols, size_t ld)
{
    const char *w = weights;
    const mw_x8 *x = activations;
    for (size_t i = 0; i < rows; i++) {
        float sum = 0;
        for (size_t g = 0; g < cols / GROUP; g++) {
#if TILED
            const group at = group_of(w + i / R * panel_bytes(ld), g, cols / GROUP);
            const char *codes = at.codes + i % R * 4, *scale = at.scales + i % R * SCALE_BYTES;
#else
            const char *scale = w + (i * (ld / GROUP) + g) * (SCALE_BYTES + 4 * CODE_LINES),
                       *codes = scale + SCALE_BYTES;
#endif
            uint16_t half;
            memcpy(&half, scale, sizeof half);
            int dot = 0;
            for (size_t j = 0; j < GROUP; j++)
                dot += code_of(codes, j) * x[g].codes[j];
            sum = fmaf((float)dot, mw_float_of_f16(half) * x[g].scale, sum);
        }
        y[i] = sum;
    }
}

/* What the descriptors of these kernels have in common; each adds name and description. */
#define PLAIN_KERNEL(of_dtype) \
    MW_KERNEL_DEFAULTS, .op = MW_OP_GEMV, .dtype = of_dtype, .layout = TILED ? MW_LAYOUT_TVL16 : MW_LAYOUT_ROWMAJOR, \
                        .isa = MW_ISA_BASE, .isa_name = "c", .ops = "scalar", .tile_rows = R, .align = ALIGN, \
                        .col_multiple = GROUP, .fn.gemv = gemv

#endif
