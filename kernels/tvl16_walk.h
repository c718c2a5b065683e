/* The walk of a GEMV and of a GEMM over panels of layout tvl. The file that includes this has defined before
 *
 *   STREAMS, TOKENS   panels in flight of a GEMV, tokens of a tile of a GEMM
 *   ISA, ISA_NAME, ISA_SUFFIX, SMALL_OPS   what descriptors say of the instruction set
 *   TILE_COLS, COL_MULTIPLE   and of the columns
 *   activation        what x consists of: float, or mw_x8 of a block format; PER_ACTIVATION is how many values that is
 *   panel_bytes(cols)
 *   tile(to, w, stride, x, ldx, cols, panels, tokens)
 *                     `panels` panels, `stride` bytes apart, for `tokens` vectors x, `ldx` activations apart, one of
 *                     the two numbers being 1: to[panels * tokens][R]. Both are constants where it is inlined, because
 *                     sums must live in registers.
 *
 * A row is summed in one order, whatever panels or tokens are computed with it, so a GEMM returns the bits of its GEMV.
 * In a GEMV the panels in flight are a share of the rows apart: each is a long forward stream of its own (see
 * gemv_f32_tvl16_avx2.c). In a GEMM a panel stays in the first-level cache while the tiles of tokens use it. */
#ifndef MW_KERNELS_TVL16_WALK_H
#define MW_KERNELS_TVL16_WALK_H

/* What the descriptors of these kernels have in common; each adds op, description and function. */
#define TVL16_KERNEL(of_dtype) \
    MW_KERNEL_DEFAULTS, .name = "tvl16_" ISA_SUFFIX, .dtype = of_dtype, .layout = MW_LAYOUT_TVL16, .isa = ISA, \
                        .isa_name = ISA_NAME, .ops = SMALL_OPS, .tile_rows = R * STREAMS, .tile_cols = TILE_COLS, \
                        .align = LINE, .col_multiple = COL_MULTIPLE

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
    const size_t bytes = panel_bytes(ld), share = rows / R / STREAMS;
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

static inline __attribute__((always_inline)) void tile_of(float (*to)[R], const char *w, const activation *x,
                                                          size_t ldx, size_t cols, size_t tokens)
{
    switch (tokens) {
    case 1: tile(to, w, 0, x, ldx, cols, 1, 1); break;
    case 2: tile(to, w, 0, x, ldx, cols, 1, 2); break;
#if TOKENS > 3
    case 3: tile(to, w, 0, x, ldx, cols, 1, 3); break;
#endif
#if TOKENS > 4
    case 4: tile(to, w, 0, x, ldx, cols, 1, 4); break;
    case 5: tile(to, w, 0, x, ldx, cols, 1, 5); break;
#endif
#if TOKENS > 6
    case 6: tile(to, w, 0, x, ldx, cols, 1, 6); break;
    case 7: tile(to, w, 0, x, ldx, cols, 1, 7); break;
#endif
    default: tile(to, w, 0, x, ldx, cols, 1, TOKENS);
    }
}

static inline void gemm(float *y, size_t ldy, const void *weights, const void *activations, size_t ldx, size_t tokens,
                        size_t rows, size_t cols, size_t ld)
{
    const activation *x = activations;
    const size_t bytes = panel_bytes(ld), apart = ldx / PER_ACTIVATION;
    const size_t tiles = (tokens + TOKENS - 1) / TOKENS; /* of about the same size: 5 + 4 tokens, not 8 + 1 */
    float to[TOKENS][R];
    for (size_t i = 0; i < rows; i += R)
        for (size_t k = 0; k < tiles; k++) {
            const size_t t = tokens * k / tiles, n = tokens * (k + 1) / tiles - t;
            tile_of(to, (const char *)weights + i / R * bytes, x + t * apart, apart, cols, n);
            for (size_t s = 0; s < n; s++)
                put(y + (t + s) * ldy + i, to[s], rows - i);
        }
}

#endif
