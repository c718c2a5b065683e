/* AVX2 for several tokens: every sum is taken as gemv_f32_avx2.c takes it, so its bits are the same, but many of them
 * go side by side. A tile of rows and tokens has an accumulator for each of its outputs, which keeps the pipes busy,
 * and a vector of weights or of x serves a whole row of the tile once it is loaded. A few rows stay in the cache until
 * all tokens had them, so weights come from memory once. */
#include "kernels/avx_sum.h"
#include "kernels/kernel.h"

#include <math.h>

/* A tile has at most 12 outputs; x and a vector of weights take the other four of the 16 registers. */
enum { V = 8, ROWS = 4, TOKENS = 3 };

/* Rows that are in the cache for all tokens; a multiple of ROWS. */
enum { BLOCK = 48 };

typedef struct operands {
    float *y;
    const float *w, *x;
    size_t ldy, ldx, cols, ld;
} operands;

/* One tile, from row i and token t on. Its sizes are constants where it is inlined: `acc` must live in registers. */
static inline __attribute__((always_inline)) void tile(const operands *o, size_t i, size_t t, size_t rows,
                                                       size_t tokens)
{
    const size_t cols = o->cols, ld = o->ld, ldx = o->ldx;
    const float *w = o->w + i * ld, *x = o->x + t * ldx;
    __m256 acc[ROWS * TOKENS];
    for (size_t r = 0; r < rows; r++)
        for (size_t s = 0; s < tokens; s++)
            acc[r * tokens + s] = _mm256_setzero_ps();
    size_t j = 0;
    for (; j + V <= cols; j += V) {
        __m256 xs[TOKENS];
        for (size_t s = 0; s < tokens; s++)
            xs[s] = _mm256_loadu_ps(x + s * ldx + j);
        for (size_t r = 0; r < rows; r++) {
            const __m256 weights = _mm256_loadu_ps(w + r * ld + j);
            for (size_t s = 0; s < tokens; s++)
                acc[r * tokens + s] = _mm256_fmadd_ps(weights, xs[s], acc[r * tokens + s]);
        }
    }
    for (size_t s = 0; s < tokens; s++)
        for (size_t r = 0; r < rows; r++) {
            float sum = avx_sum8(acc[r * tokens + s]);
            for (size_t tail = j; tail < cols; tail++)
                sum = fmaf(w[r * ld + tail], x[s * ldx + tail], sum);
            o->y[(t + s) * o->ldy + i + r] = sum;
        }
}

/* Rows [first, last). */
static inline __attribute__((always_inline)) void block(const operands *o, size_t first, size_t last, size_t t,
                                                        size_t tokens)
{
    for (; first + ROWS <= last; first += ROWS)
        tile(o, first, t, ROWS, tokens);
    for (; first < last; first++)
        tile(o, first, t, 1, tokens);
}

static void gemm(float *y, size_t ldy, const float *w, const float *x, size_t ldx, size_t tokens, size_t rows,
                 size_t cols, size_t ld)
{
    const operands o = {y, w, x, ldy, ldx, cols, ld};
    const size_t tiles = (tokens + TOKENS - 1) / TOKENS; /* of about the same size: 2 + 2 tokens are not 3 + 1 */
    for (size_t first = 0; first < rows; first += BLOCK) {
        const size_t last = rows - first < BLOCK ? rows : first + BLOCK;
        for (size_t k = 0; k < tiles; k++) {
            const size_t t = tokens * k / tiles;
            switch (tokens * (k + 1) / tiles - t) {
            case 1: block(&o, first, last, t, 1); break;
            case 2: block(&o, first, last, t, 2); break;
            default: block(&o, first, last, t, TOKENS);
            }
        }
    }
}

const mw_kernel mw_gemm_f32_avx2 = {
    MW_KERNEL_DEFAULTS,
    .name = "avx2",
    .description = "gemv avx2 for several tokens: its bits, many sums side by side",
    .op = MW_OP_GEMM,
    .layout = MW_LAYOUT_ROWMAJOR,
    .isa = MW_ISA_AVX2,
    .isa_name = "avx2",
    .tile_rows = ROWS,
    .tile_cols = V,
    .fn.gemm = gemm,
};
