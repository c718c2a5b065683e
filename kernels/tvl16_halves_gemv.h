/* Panels of 16-bit values in layout tvl: a line is two columns of 16 rows, the two values of a row side by side. So x
 * is broadcast in pairs, even and odd columns are summed in neighbouring lanes, and each pair of lanes is added once at
 * the end. The file of each instruction set has defined
 *
 *   STREAMS, TOKENS   panels in flight of a GEMV, tokens of a tile of a GEMM
 *   V                 floats of a vector; `vector` is its type
 *   vector_zero(), vector_fma(a, b, c)
 *   pairs_of(x)       x[0], x[1], x[0], x[1] ...; pair_of(x): x[0], 0, x[0], 0 ... for the last of an odd number
 *   expand(p)         V values of 16 bits at p as floats
 *   store_rows(y, acc)   y[16] = even + odd lane of each row, from 32 / V vectors
 *
 * In a GEMV the panels in flight are a share of the rows apart: each is a long forward stream of its own (see
 * gemv_f32_tvl16_avx2.c). In a GEMM a panel stays in the first-level cache while the tiles of tokens use it. A row is
 * summed in the same order in both. */
#ifndef MW_KERNELS_TVL16_HALVES_GEMV_H
#define MW_KERNELS_TVL16_HALVES_GEMV_H

#include "kernels/kernel.h"

enum { R = 16, LINE = 64, PARTS = 2 * R / V };
enum { TILE_COLS = 2, COL_MULTIPLE = 1, MOST = STREAMS > TOKENS ? STREAMS : TOKENS };

/* One line of `panels` panels, `stride` bytes apart, for `tokens` vectors x; one of the two numbers is 1. */
static inline __attribute__((always_inline)) void add_line(vector (*acc)[PARTS], const char *w, size_t stride,
                                                           const vector *xs, size_t panels, size_t tokens)
{
    for (size_t p = 0; p < panels; p++)
        for (size_t v = 0; v < PARTS; v++) {
            const vector weights = expand(w + p * stride + v * V * 2);
            for (size_t t = 0; t < tokens; t++)
                acc[p + t][v] = vector_fma(weights, xs[t], acc[p + t][v]);
        }
}

/* Sizes are constants where this is inlined: sums must live in registers. */
static inline __attribute__((always_inline)) void tile(float (*to)[R], const char *w, size_t stride, const float *x,
                                                       size_t ldx, size_t cols, size_t panels, size_t tokens)
{
    vector acc[MOST][PARTS], xs[TOKENS];
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

/* The last panel is padded with zero rows, y is not. */
static inline void put(float *y, const float *from, size_t rows)
{
    if (rows >= R)
        __builtin_memcpy(y, from, R * sizeof *y);
    else
        for (size_t r = 0; r < rows; r++)
            y[r] = from[r];
}

static inline void gemv(float *y, const void *weights, const void *activations, size_t rows, size_t cols, size_t ld)
{
    const char *w = weights;
    const size_t bytes = (ld + 1) / 2 * LINE, share = rows / R / STREAMS;
    float to[STREAMS][R];
    for (size_t p = 0; p < share; p++) {
        tile(to, w + p * bytes, share * bytes, activations, 0, cols, STREAMS, 1);
        for (size_t k = 0; k < STREAMS; k++)
            put(y + (k * share + p) * R, to[k], R);
    }
    for (size_t p = STREAMS * share; p * R < rows; p++) {
        tile(to, w + p * bytes, 0, activations, 0, cols, 1, 1);
        put(y + p * R, to[0], rows - p * R);
    }
}

static inline __attribute__((always_inline)) void tile_of(float (*to)[R], const char *w, const float *x, size_t ldx,
                                                          size_t cols, size_t tokens)
{
    switch (tokens) {
    case 1: tile(to, w, 0, x, ldx, cols, 1, 1); break;
    case 2: tile(to, w, 0, x, ldx, cols, 1, 2); break;
#if TOKENS > 3
    case 3: tile(to, w, 0, x, ldx, cols, 1, 3); break;
    case 4: tile(to, w, 0, x, ldx, cols, 1, 4); break;
    case 5: tile(to, w, 0, x, ldx, cols, 1, 5); break;
    case 6: tile(to, w, 0, x, ldx, cols, 1, 6); break;
    case 7: tile(to, w, 0, x, ldx, cols, 1, 7); break;
#endif
    default: tile(to, w, 0, x, ldx, cols, 1, TOKENS);
    }
}

static inline void gemm(float *y, size_t ldy, const void *weights, const void *activations, size_t ldx, size_t tokens,
                        size_t rows, size_t cols, size_t ld)
{
    const float *x = activations;
    const size_t bytes = (ld + 1) / 2 * LINE;
    const size_t tiles = (tokens + TOKENS - 1) / TOKENS; /* of about the same size: 5 + 4 tokens, not 8 + 1 */
    float to[TOKENS][R];
    for (size_t i = 0; i < rows; i += R)
        for (size_t k = 0; k < tiles; k++) {
            const size_t t = tokens * k / tiles, n = tokens * (k + 1) / tiles - t;
            tile_of(to, (const char *)weights + i / R * bytes, x + t * ldx, ldx, cols, n);
            for (size_t s = 0; s < n; s++)
                put(y + (t + s) * ldy + i, to[s], rows - i);
        }
}

#endif
