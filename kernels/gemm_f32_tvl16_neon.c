/* Tiled NEON over the TVL layout for several tokens: every sum is computed in the order of gemv_f32_tvl16_neon.c, even
 * and odd columns apart and joined at the end, so its bits are the same.
 *
 * A tile is one panel and a few tokens. The two sums of all outputs do not fit into the registers, so a tile goes over
 * the even columns of a piece of the panel, then over the odd ones, and the sums wait in memory meanwhile. A piece is
 * small enough for the first-level cache, in which it stays until all tokens have used it. The first token goes over
 * even and odd columns at once: it fetches the weights from memory, and prefetchers follow only if every line is read,
 * strictly forward. */
#include "kernels/kernel.h"
#include "kernels/neon.h"

#include <stdbool.h>

enum { R = 16, VECTORS = R / 4 };

/* Tokens of a tile, each with four accumulators: x86-64 under AVX2 has 16 registers, of which operands take four;
 * AArch64 has 32, and with six tokens compilers run out of them. */
#if defined(__aarch64__)
enum { TOKENS = 5 };
#else
enum { TOKENS = 3 };
#endif

/* Columns of a piece (8 KiB of weights; even, or the parities would swap), and tokens whose sums wait. */
enum { PIECE = 128, MOST = 64 };

/* Adds every second column of a piece to sums[tokens][R], which are not read but taken as 0 if this is the `first` one.
 * `tokens` is a constant where this is inlined: `acc` must live in registers. */
static inline __attribute__((always_inline)) void add_half(float (*sums)[R], const float *w, const float *x, size_t ldx,
                                                           size_t cols, bool first, size_t tokens)
{
    float32x4_t acc[TOKENS][VECTORS];
    for (size_t s = 0; s < tokens; s++)
        for (size_t v = 0; v < VECTORS; v++)
            acc[s][v] = first ? vdupq_n_f32(0) : vld1q_f32(sums[s] + 4 * v);
    for (size_t j = 0; j < cols; j += 2) {
        float32x4_t xs[TOKENS];
        for (size_t s = 0; s < tokens; s++)
            xs[s] = vld1q_dup_f32(x + s * ldx + j);
        for (size_t v = 0; v < VECTORS; v++) {
            const float32x4_t weights = vld1q_f32(w + j * R + 4 * v);
            for (size_t s = 0; s < tokens; s++)
                acc[s][v] = vfmaq_f32(acc[s][v], weights, xs[s]);
        }
    }
    for (size_t s = 0; s < tokens; s++)
        for (size_t v = 0; v < VECTORS; v++)
            vst1q_f32(sums[s] + 4 * v, acc[s][v]);
}

/* The sums of one panel that wait in memory: of a token's even columns, and of its odd ones. */
typedef struct waiting {
    float even[MOST][R], odd[MOST][R];
} waiting;

/* The same for all columns of a piece and one token, as the GEMV goes over them. */
static inline __attribute__((always_inline)) void add_both(float *even, float *odd, const float *w, const float *x,
                                                           size_t cols, bool first)
{
    float32x4_t a[VECTORS], b[VECTORS];
    for (size_t v = 0; v < VECTORS; v++) {
        a[v] = first ? vdupq_n_f32(0) : vld1q_f32(even + 4 * v);
        b[v] = first ? vdupq_n_f32(0) : vld1q_f32(odd + 4 * v);
    }
    size_t j = 0;
    for (; j + 2 <= cols; j += 2, w += 2 * R) {
        const float32x4_t x0 = vld1q_dup_f32(x + j), x1 = vld1q_dup_f32(x + j + 1);
        for (size_t v = 0; v < VECTORS; v++)
            a[v] = vfmaq_f32(a[v], vld1q_f32(w + 4 * v), x0);
        for (size_t v = 0; v < VECTORS; v++)
            b[v] = vfmaq_f32(b[v], vld1q_f32(w + R + 4 * v), x1);
    }
    if (j < cols)
        for (size_t v = 0; v < VECTORS; v++)
            a[v] = vfmaq_f32(a[v], vld1q_f32(w + 4 * v), vld1q_dup_f32(x + j));
    for (size_t v = 0; v < VECTORS; v++) {
        vst1q_f32(even + 4 * v, a[v]);
        vst1q_f32(odd + 4 * v, b[v]);
    }
}

static inline __attribute__((always_inline)) void add_piece(waiting *sums, size_t t, const float *w, const float *x,
                                                            size_t ldx, size_t cols, bool first, size_t tokens)
{
    add_half(sums->even + t, w, x + t * ldx, ldx, cols, first, tokens);
    add_half(sums->odd + t, w + R, x + t * ldx + 1, ldx, cols - 1, first, tokens);
}

/* One panel for up to MOST tokens; the first `rows` of its rows go to y, the others are padding. */
static inline __attribute__((always_inline)) void panel(float *y, size_t ldy, const float *w, const float *x,
                                                        size_t ldx, size_t tokens, size_t rows, size_t cols)
{
    const size_t more = tokens - 1;                    /* than the first */
    const size_t tiles = (more + TOKENS - 1) / TOKENS; /* of about the same size: 2 + 2 tokens, not 3 + 1 */
    waiting sums;
    for (size_t j = 0; j < cols; j += PIECE) {
        const size_t n = cols - j < PIECE ? cols - j : PIECE;
        const float *wj = w + j * R, *xj = x + j;
        add_both(sums.even[0], sums.odd[0], wj, xj, n, j == 0);
        for (size_t k = 0; k < tiles; k++) {
            const size_t t = 1 + more * k / tiles;
            switch (1 + more * (k + 1) / tiles - t) {
            case 1: add_both(sums.even[t], sums.odd[t], wj, xj + t * ldx, n, j == 0); break;
            case 2: add_piece(&sums, t, wj, xj, ldx, n, j == 0, 2); break;
#if defined(__aarch64__)
            case 3: add_piece(&sums, t, wj, xj, ldx, n, j == 0, 3); break;
            case 4: add_piece(&sums, t, wj, xj, ldx, n, j == 0, 4); break;
#endif
            default: add_piece(&sums, t, wj, xj, ldx, n, j == 0, TOKENS);
            }
        }
    }
    for (size_t t = 0; t < tokens; t++)
        for (size_t r = 0; r < rows; r++)
            y[t * ldy + r] = sums.even[t][r] + sums.odd[t][r];
}

static void gemm(float *y, size_t ldy, const void *weights, const void *activations, size_t ldx, size_t tokens,
                 size_t rows, size_t cols, size_t ld)
{
    const float *w = weights, *x = activations;
    for (size_t i = 0; i < rows; i += R)
        for (size_t t = 0; t < tokens; t += MOST)
            panel(y + t * ldy + i, ldy, w + i * ld, x + t * ldx, ldx, tokens - t < MOST ? tokens - t : MOST,
                  rows - i < R ? rows - i : R, cols);
}

const mw_kernel mw_gemm_f32_tvl16_neon = {
    MW_KERNEL_DEFAULTS,
    .name = "tvl16_neon",
    .description = "gemv tvl16_neon for several tokens: bit-identical, weights reused from registers",
    .op = MW_OP_GEMM,
    .layout = MW_LAYOUT_TVL16,
    .isa = MW_NEON_ISA,
    .isa_name = MW_NEON_ISA_NAME,
    .tile_rows = R,
    .tile_cols = 2,
    .align = 64,
    .fn.gemm = gemm,
};
