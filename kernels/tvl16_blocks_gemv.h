/* The walk of a GEMV and of a GEMM over panels of a block format; the file of each instruction set has defined before
 *
 *   STREAMS, TOKENS   panels in flight of a GEMV, tokens of a tile of a GEMM
 *   sums              the type that holds the 16 sums of a panel
 *   sums_zero(), sums_store(float[16], sums)
 *   add_group(sums, group, const mw_x8 *)   adds one block of each of the 16 rows
 *
 * A row is summed block after block in both, whatever panels or tokens are computed with it, so a GEMM returns the bits
 * of its GEMV. Every add_group computes scale of W * scale of x, rounded, and adds its product with the exact integer
 * sum in one fused step, so all instruction sets return the same bits.
 *
 * In a GEMV the panels in flight are a share of the rows apart: each is a long forward stream of its own (see
 * gemv_f32_tvl16_avx2.c). In a GEMM a panel stays in the first-level cache while the tiles of tokens use it. */
#ifndef MW_KERNELS_TVL16_BLOCKS_GEMV_H
#define MW_KERNELS_TVL16_BLOCKS_GEMV_H

enum { MOST = STREAMS > TOKENS ? STREAMS : TOKENS };

/* `panels` panels, `stride` bytes apart, for `tokens` vectors x, `ldx` blocks apart: to[tokens][panels]. Both numbers
 * are constants where this is inlined: the sums must live in registers, and codes are unpacked once for all tokens. */
static inline __attribute__((always_inline)) void tile(float (*to)[R], const char *w, size_t stride, const mw_x8 *x,
                                                       size_t ldx, size_t groups, size_t panels, size_t tokens)
{
    sums acc[MOST];
    for (size_t k = 0; k < panels * tokens; k++)
        acc[k] = sums_zero();
    size_t g = 0;
    for (; g + 1 < groups; g += 2, w += PAIR_BYTES)
        for (size_t half = 0; half < 2; half++)
            for (size_t k = 0; k < panels * tokens; k++)
                acc[k] = add_group(acc[k], group_of(w + k % panels * stride, half, 2), x + k / panels * ldx + g + half);
    for (size_t k = 0; g < groups && k < panels * tokens; k++)
        acc[k] = add_group(acc[k], group_of(w + k % panels * stride, 0, 1), x + k / panels * ldx + g);
    for (size_t k = 0; k < panels * tokens; k++)
        sums_store(to[k], acc[k]);
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
    const size_t groups = cols / GROUP, bytes = panel_bytes(ld), share = rows / R / STREAMS;
    float to[STREAMS][R];
    for (size_t p = 0; p < share; p++) {
        tile(to, w + p * bytes, share * bytes, activations, 0, groups, STREAMS, 1);
        for (size_t k = 0; k < STREAMS; k++)
            put(y + (k * share + p) * R, to[k], R);
    }
    for (size_t p = STREAMS * share; p * R < rows; p++) {
        tile(to, w + p * bytes, 0, activations, 0, groups, 1, 1);
        put(y + p * R, to[0], rows - p * R);
    }
}

static inline __attribute__((always_inline)) void tile_of(float (*to)[R], const char *w, const mw_x8 *x, size_t ldx,
                                                          size_t groups, size_t tokens)
{
    switch (tokens) {
    case 1: tile(to, w, 0, x, ldx, groups, 1, 1); break;
    case 2: tile(to, w, 0, x, ldx, groups, 1, 2); break;
#if TOKENS > 3
    case 3: tile(to, w, 0, x, ldx, groups, 1, 3); break;
#endif
#if TOKENS > 4
    case 4: tile(to, w, 0, x, ldx, groups, 1, 4); break;
    case 5: tile(to, w, 0, x, ldx, groups, 1, 5); break;
#endif
#if TOKENS > 6
    case 6: tile(to, w, 0, x, ldx, groups, 1, 6); break;
    case 7: tile(to, w, 0, x, ldx, groups, 1, 7); break;
#endif
    default: tile(to, w, 0, x, ldx, groups, 1, TOKENS);
    }
}

static inline void gemm(float *y, size_t ldy, const void *weights, const void *activations, size_t ldx, size_t tokens,
                        size_t rows, size_t cols, size_t ld)
{
    const mw_x8 *x = activations;
    const size_t groups = cols / GROUP, bytes = panel_bytes(ld), ldx8 = ldx / GROUP;
    const size_t tiles = (tokens + TOKENS - 1) / TOKENS; /* of about the same size: 3 + 2 tokens, not 4 + 1 */
    float to[TOKENS][R];
    for (size_t i = 0; i < rows; i += R)
        for (size_t k = 0; k < tiles; k++) {
            const size_t t = tokens * k / tiles, n = tokens * (k + 1) / tiles - t;
            tile_of(to, (const char *)weights + i / R * bytes, x + t * ldx8, ldx8, groups, n);
            for (size_t s = 0; s < n; s++)
                put(y + (t + s) * ldy + i, to[s], rows - i);
        }
}

#endif
