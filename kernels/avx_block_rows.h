/* Row-major GEMV over GGUF's blocks of a block format, 256 bits wide: the 32 codes of a block are one vector. Four
 * rows are in flight, a quarter of the matrix apart (see gemv_rows.h). The scales of each block are scalars between
 * the codes, no block is aligned, and there is a horizontal sum per row: that is what layout tvl saves.
 *
 * The file of an instruction set has defined dot_signed(w, x) and dot_unsigned(w, x), eight lanes with the sums of
 * four products each; that of a dtype CODE_BYTES, OFFSET (what its codes are above those of W), codes_of(p), the codes
 * of the block whose codes begin at p, and `dot`, one of the two. */
#ifndef MW_KERNELS_AVX_BLOCK_ROWS_H
#define MW_KERNELS_AVX_BLOCK_ROWS_H

#include "kernels/avx_sum.h"
#include "kernels/kernel.h"
#include "kernels/prefetch.h"

enum { STREAMS = 4, GROUP = 32, BLOCK_COLS = GROUP, SCALE_BYTES = 2, BLOCK_BYTES = SCALE_BYTES + CODE_BYTES };

static inline __m256i codes_of(const char *p);

static inline float scale_of(const char *p)
{
    uint16_t half;
    __builtin_memcpy(&half, p, sizeof half);
    return _cvtsh_ss(half);
}

/* `n` rows, `step` apart in y and `stride` bytes in w. `n` is a constant where this is inlined: the sums must live in
 * registers. */
static inline __attribute__((always_inline)) void rows_of(float *y, size_t step, const char *w, size_t stride,
                                                          const mw_x8 *x, size_t groups, size_t n)
{
    __m256 acc[STREAMS];
    for (size_t r = 0; r < n; r++)
        acc[r] = _mm256_setzero_ps();
    for (size_t g = 0; g < groups; g++, w += BLOCK_BYTES) {
        const __m256i xs = _mm256_loadu_si256((const __m256i *)(const void *)x[g].codes);
        const __m256i above = OFFSET ? dot(_mm256_set1_epi8((char)OFFSET), xs) : _mm256_setzero_si256();
        for (size_t r = 0; r < n; r++) {
            __builtin_prefetch(w + r * stride + AHEAD);
            const __m256i sums = _mm256_sub_epi32(dot(codes_of(w + r * stride + SCALE_BYTES), xs), above);
            acc[r] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(sums), _mm256_set1_ps(scale_of(w + r * stride) * x[g].scale),
                                     acc[r]);
        }
    }
    for (size_t r = 0; r < n; r++)
        y[r * step] = avx_sum8(acc[r]);
}

#include "kernels/avx_rows_walk.h"

/* What the descriptors of these kernels have in common; each adds its description. */
#define ROWS_KERNEL(of_dtype) \
    MW_KERNEL_DEFAULTS, .op = MW_OP_GEMV, .name = ISA_SUFFIX, .dtype = of_dtype, .layout = MW_LAYOUT_ROWMAJOR, \
                        .isa = ISA, .isa_name = ISA_NAME, .ops = SMALL_OPS, .tile_rows = STREAMS, .tile_cols = GROUP, \
                        .align = 2, .col_multiple = GROUP, .fn.gemv = gemv

#endif
