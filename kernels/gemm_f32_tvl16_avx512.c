/* AVX-512 over the TVL layout for several tokens: every row is summed as gemv_f32_tvl16_avx512.c does it, column after
 * column, so its bits are the same.
 *
 * A tile is two panels and up to eight tokens, 16 chains of FMAs for 10 loads per column. It goes over a piece of the
 * columns, then the next tokens take the same piece from the cache, while the sums wait in memory: the weights come
 * from memory once. Each tile prefetches its share of the next piece, or the first one would wait for all of it; after
 * the last piece the prefetch is a hint without effect. */
#include "kernels/kernel.h"

#include <immintrin.h>
#include <stdbool.h>

enum { R = 16, PANELS = 2, TOKENS = 8 };

/* Columns of a piece (4 KiB of weights per panel: this one and the next stay in the first-level cache), and tokens
 * whose sums wait. */
enum { PIECE = 64, MOST = 64 };

typedef struct operands {
    const float *w, *x;
    size_t stride, ldx, cols; /* stride: from one panel to the next; cols: of the piece */
    bool first;               /* piece: sums begin at 0 */
} operands;

/* Adds a piece to sums[tokens][PANELS * R]. `n` panels and `tokens` are constants where this is inlined: `acc` must
 * live in registers. */
static inline __attribute__((always_inline)) void tile(float (*sums)[PANELS * R], operands o, size_t n, size_t tokens)
{
    __m512 acc[TOKENS][PANELS];
    for (size_t s = 0; s < tokens; s++)
        for (size_t p = 0; p < n; p++)
            acc[s][p] = o.first ? _mm512_setzero_ps() : _mm512_loadu_ps(sums[s] + p * R);
    for (size_t j = 0; j < o.cols; j++) {
        __m512 weights[PANELS];
        for (size_t p = 0; p < n; p++)
            weights[p] = _mm512_load_ps(o.w + p * o.stride + j * R);
        for (size_t s = 0; s < tokens; s++) {
            const __m512 xs = _mm512_set1_ps(o.x[s * o.ldx + j]);
            for (size_t p = 0; p < n; p++)
                acc[s][p] = _mm512_fmadd_ps(weights[p], xs, acc[s][p]);
        }
    }
    for (size_t s = 0; s < tokens; s++)
        for (size_t p = 0; p < n; p++)
            _mm512_storeu_ps(sums[s] + p * R, acc[s][p]);
}

static inline __attribute__((always_inline)) void tile_of(float (*sums)[PANELS * R], operands o, size_t n,
                                                          size_t tokens)
{
    switch (tokens) {
    case 1: tile(sums, o, n, 1); break;
    case 2: tile(sums, o, n, 2); break;
    case 3: tile(sums, o, n, 3); break;
    case 4: tile(sums, o, n, 4); break;
    case 5: tile(sums, o, n, 5); break;
    case 6: tile(sums, o, n, 6); break;
    case 7: tile(sums, o, n, 7); break;
    default: tile(sums, o, n, TOKENS);
    }
}

/* Whole panels are copied by vectors: the code of compilers for a copy of a few floats is slower. */
static inline void put(float *y, const float *sums, size_t rows)
{
    size_t r = 0;
    for (; r + R <= rows; r += R)
        _mm512_storeu_ps(y + r, _mm512_loadu_ps(sums + r));
    for (; r < rows; r++)
        y[r] = sums[r];
}

/* One or two panels for up to MOST tokens; the first `rows` of their rows go to y, the others are padding. */
static inline __attribute__((always_inline)) void panels(float *y, size_t ldy, const float *w, const float *x,
                                                         size_t ldx, size_t tokens, size_t rows, size_t cols)
{
    const size_t tiles = (tokens + TOKENS - 1) / TOKENS; /* of about the same size: 5 + 4 tokens, not 8 + 1 */
    float sums[MOST][PANELS * R];
    for (size_t j = 0; j < cols; j += PIECE) {
        const size_t n = cols - j < PIECE ? cols - j : PIECE, stride = R * cols;
        const float *next = j + PIECE < cols ? w + (j + PIECE) * R : w + PANELS * stride;
        for (size_t k = 0; k < tiles; k++) {
            const size_t t = tokens * k / tiles, more = tokens * (k + 1) / tiles - t;
            const operands o = {w + j * R, x + t * ldx + j, stride, ldx, n, j == 0};
            for (size_t line = n * k / tiles; line < n * (k + 1) / tiles; line++)
                for (size_t p = 0; p < PANELS; p++)
                    _mm_prefetch((const char *)(next + p * stride + line * R), _MM_HINT_T0);
            if (rows > R)
                tile_of(sums + t, o, PANELS, more);
            else
                tile_of(sums + t, o, 1, more);
        }
    }
    for (size_t t = 0; t < tokens; t++)
        put(y + t * ldy, sums[t], rows);
}

static void gemm(float *y, size_t ldy, const void *weights, const void *activations, size_t ldx, size_t tokens,
                 size_t rows, size_t cols, size_t ld)
{
    const float *w = weights, *x = activations;
    for (size_t i = 0; i < rows; i += PANELS * R)
        for (size_t t = 0; t < tokens; t += MOST)
            panels(y + t * ldy + i, ldy, w + i * ld, x + t * ldx, ldx, tokens - t < MOST ? tokens - t : MOST,
                   rows - i < PANELS * R ? rows - i : PANELS * R, cols);
}

const mw_kernel mw_gemm_f32_tvl16_avx512 = {
    MW_KERNEL_DEFAULTS,
    .name = "tvl16_avx512",
    .description = "gemv tvl16_avx512 for several tokens: bit-identical, weights reused from registers",
    .op = MW_OP_GEMM,
    .layout = MW_LAYOUT_TVL16,
    .isa = MW_ISA_AVX2 | MW_ISA_AVX512,
    .isa_name = "avx512",
    .tile_rows = PANELS * R,
    .align = 64,
    .fn.gemm = gemm,
};
