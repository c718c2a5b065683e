/* AVX2 over the TVL layout for several tokens: every row is summed as gemv_f32_tvl16_avx2.c does it, column after
 * column, so its bits are the same.
 *
 * A tile is one panel and up to six tokens: twelve sums, a column of the panel and a broadcast x make 15 of 16
 * registers, and twelve FMAs need 8 loads, for which the pipes have time. A tile goes over a piece of the columns, then
 * the next tokens take the same piece from the cache, while the sums wait in memory: the weights come from memory once,
 * strictly forward. Each tile prefetches its share of the next piece, or the first one would wait for all of it; after
 * the last piece the prefetch is a hint without effect. */
#include "kernels/kernel.h"

#include <immintrin.h>
#include <stdbool.h>

enum { R = 16, TOKENS = 6 };

/* Columns of a piece (8 KiB of weights: this one and the next stay in the first-level cache), and tokens whose sums
 * wait. */
enum { PIECE = 128, MOST = 64 };

/* Adds a piece to sums[tokens][R], which are not read but taken as 0 if this is the `first` one. `tokens` is a constant
 * where this is inlined: `top` and `bottom` must live in registers. */
static inline __attribute__((always_inline)) void tile(float (*sums)[R], const float *w, const float *x, size_t ldx,
                                                       size_t cols, bool first, size_t tokens)
{
    __m256 top[TOKENS], bottom[TOKENS];
    for (size_t s = 0; s < tokens; s++) {
        top[s] = first ? _mm256_setzero_ps() : _mm256_loadu_ps(sums[s]);
        bottom[s] = first ? _mm256_setzero_ps() : _mm256_loadu_ps(sums[s] + 8);
    }
    for (size_t j = 0; j < cols; j++) {
        const __m256 w0 = _mm256_load_ps(w + j * R), w1 = _mm256_load_ps(w + j * R + 8);
        for (size_t s = 0; s < tokens; s++) {
            const __m256 xs = _mm256_broadcast_ss(x + s * ldx + j);
            top[s] = _mm256_fmadd_ps(w0, xs, top[s]);
            bottom[s] = _mm256_fmadd_ps(w1, xs, bottom[s]);
        }
    }
    for (size_t s = 0; s < tokens; s++) {
        _mm256_storeu_ps(sums[s], top[s]);
        _mm256_storeu_ps(sums[s] + 8, bottom[s]);
    }
}

/* Whole panels are copied by vectors: the code of compilers for a copy of a few floats is slower. */
static inline void put(float *y, const float *sums, size_t rows)
{
    size_t r = 0;
    for (; r + 8 <= rows; r += 8)
        _mm256_storeu_ps(y + r, _mm256_loadu_ps(sums + r));
    for (; r < rows; r++)
        y[r] = sums[r];
}

/* One panel for up to MOST tokens; the first `rows` of its rows go to y, the others are padding. */
static inline __attribute__((always_inline)) void panel(float *y, size_t ldy, const float *w, const float *x,
                                                        size_t ldx, size_t tokens, size_t rows, size_t cols)
{
    const size_t tiles = (tokens + TOKENS - 1) / TOKENS; /* of about the same size: 4 + 3 tokens, not 6 + 1 */
    float sums[MOST][R];
    for (size_t j = 0; j < cols; j += PIECE) {
        const size_t n = cols - j < PIECE ? cols - j : PIECE;
        const float *wj = w + j * R;
        for (size_t k = 0; k < tiles; k++) {
            const size_t t = tokens * k / tiles;
            const float *xj = x + t * ldx + j;
            for (size_t line = n * k / tiles; line < n * (k + 1) / tiles; line++)
                _mm_prefetch((const char *)(wj + (PIECE + line) * R), _MM_HINT_T0);
            switch (tokens * (k + 1) / tiles - t) {
            case 1: tile(sums + t, wj, xj, ldx, n, j == 0, 1); break;
            case 2: tile(sums + t, wj, xj, ldx, n, j == 0, 2); break;
            case 3: tile(sums + t, wj, xj, ldx, n, j == 0, 3); break;
            case 4: tile(sums + t, wj, xj, ldx, n, j == 0, 4); break;
            case 5: tile(sums + t, wj, xj, ldx, n, j == 0, 5); break;
            default: tile(sums + t, wj, xj, ldx, n, j == 0, TOKENS);
            }
        }
    }
    for (size_t t = 0; t < tokens; t++)
        put(y + t * ldy, sums[t], rows);
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

const mw_kernel mw_gemm_f32_tvl16_avx2 = {
    MW_KERNEL_DEFAULTS,
    .name = "tvl16_avx2",
    .description = "gemv tvl16_avx2 for several tokens: bit-identical, weights reused from registers",
    .op = MW_OP_GEMM,
    .layout = MW_LAYOUT_TVL16,
    .isa = MW_ISA_AVX2,
    .isa_name = "avx2",
    .tile_rows = R,
    .align = 64,
    .fn.gemm = gemm,
};
