/* Row-major GEMV over GGUF's blocks of a K format with AVX2: the 32 codes of a group are one vector. VPMADDUBSW adds
 * pairs of products, and VPMADDWD multiplies them by small scales, which VPDPBUSD could not do, so there is no kernel
 * with VNNI. Four rows are in flight, a quarter of the matrix apart (see gemv_rows.h).
 *
 * The file of a dtype defines BLOCK_BYTES and add_block(acc, block, x, sums), which adds the products of a block in
 * eight lanes; `sums` has, for each group, scale of x * sum of codes of x. */
#ifndef MW_KERNELS_AVX2_K_ROWS_H
#define MW_KERNELS_AVX2_K_ROWS_H

#include "kernels/avx_sum.h"
#include "kernels/kernel.h"
#include "kernels/prefetch.h"

enum { STREAMS = 4, GROUP = 32, GROUPS = 8, SUPER = GROUP * GROUPS, BLOCK_COLS = SUPER };

static inline float half_at(const char *p)
{
    uint16_t half;
    __builtin_memcpy(&half, p, sizeof half);
    return _cvtsh_ss(half);
}

static inline __m256i load(const void *p)
{
    return _mm256_loadu_si256(p);
}

/* Word g of either half of a vector, in all words of that half. */
static inline __m256i word(__m256i words, size_t g)
{
    return _mm256_shuffle_epi8(words, _mm256_set1_epi16((short)(2 * g | (2 * g + 1) << 8)));
}

/* Adds pairs of products of a group, times the scales, times the scale of x. */
static inline __m256 add_group(__m256 acc, __m256i pairs, __m256i scales, const mw_x8 *x)
{
    const __m256 exact = _mm256_cvtepi32_ps(_mm256_madd_epi16(pairs, scales));
    return _mm256_fmadd_ps(exact, _mm256_set1_ps(x->scale), acc);
}

static inline __m256 add_block(__m256 acc, const char *block, const mw_x8 *x, __m256 sums);

/* `n` rows, `step` apart in y and `stride` bytes in w. `n` is a constant where this is inlined: the sums must live in
 * registers. */
static inline __attribute__((always_inline)) void rows_of(float *y, size_t step, const char *w, size_t stride,
                                                          const mw_x8 *x, size_t blocks, size_t n)
{
    __m256 acc[STREAMS];
    for (size_t r = 0; r < n; r++)
        acc[r] = _mm256_setzero_ps();
    for (size_t b = 0; b < blocks; b++, w += BLOCK_BYTES, x += GROUPS) {
        float sums[GROUPS];
        for (size_t g = 0; g < GROUPS; g++)
            sums[g] = (float)x[g].sum * x[g].scale;
        for (size_t r = 0; r < n; r++) {
            for (size_t i = 0; i < BLOCK_BYTES; i += 64)
                __builtin_prefetch(w + r * stride + AHEAD + i);
            acc[r] = add_block(acc[r], w + r * stride, x, _mm256_loadu_ps(sums));
        }
    }
    for (size_t r = 0; r < n; r++)
        y[r * step] = avx_sum8(acc[r]);
}

#include "kernels/avx_rows_walk.h"

/* What the descriptors of these kernels have in common. */
#define ROWS_KERNEL(of_dtype) \
    MW_KERNEL_DEFAULTS, .op = MW_OP_GEMV, .name = "avx2", .dtype = of_dtype, .layout = MW_LAYOUT_ROWMAJOR, \
                        .isa = MW_ISA_AVX2, .isa_name = "avx2", .ops = "avx2", .tile_rows = STREAMS, \
                        .tile_cols = SUPER, .align = 2, .col_multiple = SUPER, \
                        .description = "AVX2, row-major, four streams", .fn.gemv = gemv

#endif
