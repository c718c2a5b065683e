/* Tiles of panels of 16-bit values, and with them the walk over all (tvl16_walk.h). A line is two columns of 16 rows,
 * the two values of a row side by side. So x is broadcast in pairs, even and odd columns are summed in neighbouring
 * lanes, and each pair of lanes is added once at the end. The file of each instruction set has defined before, or in
 * the case of expand() declared,
 *
 *   ISA, ISA_NAME, ISA_SUFFIX, SMALL_OPS, STREAMS, TOKENS   see tvl16_walk.h
 *   V                 floats of a vector; `vector` is its type
 *   vector_zero(), vector_fma(a, b, c)
 *   pairs_of(x)       x[0], x[1], x[0], x[1] ...; pair_of(x): x[0], 0, x[0], 0 ... for the last of an odd number
 *   expand(p)         V values of 16 bits at p as floats
 *   store_rows(y, acc)   y[16] = even + odd lane of each row, from 32 / V vectors */
#ifndef MW_KERNELS_TVL16_HALVES_TILE_H
#define MW_KERNELS_TVL16_HALVES_TILE_H

#include "kernels/kernel.h"
#include "kernels/prefetch.h"

enum { R = 16, LINE = 64, PARTS = 2 * R / V };

typedef float activation;
enum { PER_ACTIVATION = 1, TILE_COLS = 2, COL_MULTIPLE = 1 };

static inline size_t panel_bytes(size_t cols)
{
    return (cols + 1) / 2 * LINE;
}

/* One line of `panels` panels, `stride` bytes apart, for `tokens` vectors x; one of the two numbers is 1. */
static inline __attribute__((always_inline)) void add_line(vector (*acc)[PARTS], const char *w, size_t stride,
                                                           const vector *xs, size_t panels, size_t tokens)
{
    for (size_t p = 0; p < panels; p++) {
        if (tokens == 1)
            __builtin_prefetch(w + p * stride + AHEAD);
        for (size_t v = 0; v < PARTS; v++) {
            const vector weights = expand(w + p * stride + v * V * 2);
            for (size_t t = 0; t < tokens; t++)
                acc[p + t][v] = vector_fma(weights, xs[t], acc[p + t][v]);
        }
    }
}

static inline __attribute__((always_inline)) void tile(float (*to)[R], const char *w, size_t stride, const float *x,
                                                       size_t ldx, size_t cols, size_t panels, size_t tokens)
{
    vector acc[STREAMS > TOKENS ? STREAMS : TOKENS][PARTS], xs[TOKENS];
    for (size_t k = 0; k < panels * tokens; k++)
        for (size_t v = 0; v < PARTS; v++)
            acc[k][v] = vector_zero();
    size_t j = 0;
    for (; j + 2 <= cols; j += 2, w += LINE) {
        for (size_t t = 0; t < tokens; t++)
            xs[t] = pairs_of(x + t * ldx + j);
        add_line(acc, w, stride, xs, panels, tokens);
    }
    if (j < cols) {
        for (size_t t = 0; t < tokens; t++)
            xs[t] = pair_of(x + t * ldx + j);
        add_line(acc, w, stride, xs, panels, tokens);
    }
    for (size_t k = 0; k < panels * tokens; k++)
        store_rows(to[k], acc[k]);
}

#include "kernels/tvl16_walk.h"

#endif
