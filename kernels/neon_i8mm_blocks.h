/* NEON's products of int8 matrices over panels of a block format, for several tokens. Two lines hold 4 columns each of
 * 16 rows; zipped by 32-bit lanes they are operands of 2 rows x 8 columns. The other operand is 8 codes of each of two
 * tokens, and the products are 2 x 2 sums, in the order row 0 token 0, row 0 token 1, row 1 token 0, row 1 token 1. The
 * float sums stay in that order up to the end of the row.
 *
 * A tile is 8 rows of the panel: sums of more rows leave registers for fewer tokens, and what is loaded, zipped and
 * unpacked serves all tokens of a tile. Of an odd number of tokens the last is computed twice.
 *
 * The file of a dtype has defined CODE_LINES, OFFSET (unpacked code minus code of W), PARTS, the number of operands in
 * two zipped lines, and part(zipped, p), which unpacks operand p, of columns 16 p + 4 l on, l being the first line. */
#ifndef MW_KERNELS_NEON_I8MM_BLOCKS_H
#define MW_KERNELS_NEON_I8MM_BLOCKS_H

#include "kernels/neon_i8mm.h"
#include "kernels/tvl16_blocks.h"
#include "kernels/tvl16_fence.h"

#define TOKENS 6
enum { STREAMS = 1, ROWS = 8, ROW_PAIRS = ROWS / 2, TOKEN_PAIRS = TOKENS / 2 };

typedef mw_x8 activation;
enum { PER_ACTIVATION = GROUP };

static inline int8x16_t part(int8x16_t zipped, size_t p);

/* Eight codes of each of two tokens. */
static inline int8x16_t eights(const int8_t *a, const int8_t *b)
{
    return vcombine_s8(vld1_s8(a), vld1_s8(b));
}

/* Adds a block of the 8 rows from `row` on, for `tokens` tokens. */
static inline __attribute__((always_inline)) void add_block(float32x4_t (*acc)[ROW_PAIRS], group at, size_t row,
                                                            const mw_x8 *x, size_t ldx, size_t tokens)
{
    const char *codes = at.codes + 4 * row, *scales = at.scales + 2 * row;
    const size_t pairs = (tokens + 1) / 2;
    const mw_x8 *a[TOKEN_PAIRS], *b[TOKEN_PAIRS];
    int32x4_t sum[TOKEN_PAIRS][ROW_PAIRS];
    for (size_t t = 0; t < pairs; t++) {
        a[t] = x + 2 * t * ldx;
        b[t] = 2 * t + 1 < tokens ? a[t] + ldx : a[t];
        const int32x2_t start = {-OFFSET * a[t]->sum, -OFFSET * b[t]->sum};
        for (size_t r = 0; r < ROW_PAIRS; r++)
            sum[t][r] = vcombine_s32(start, start);
    }
    for (size_t l = 0; l < CODE_LINES; l += 2) {
        int8x16_t zipped[ROW_PAIRS];
        for (size_t r = 0; r < ROW_PAIRS; r += 2) {
            const int32x4_t first = vld1q_s32((const int32_t *)(const void *)(codes + l * LINE + 8 * r));
            const int32x4_t second = vld1q_s32((const int32_t *)(const void *)(codes + (l + 1) * LINE + 8 * r));
            zipped[r] = vreinterpretq_s8_s32(vzip1q_s32(first, second));
            zipped[r + 1] = vreinterpretq_s8_s32(vzip2q_s32(first, second));
        }
        for (size_t p = 0; p < PARTS; p++)
            for (size_t t = 0; t < pairs; t++) {
                fence(2);
                const size_t column = 16 * p + 4 * l;
                const int8x16_t codes_of_x = eights(a[t]->codes + column, b[t]->codes + column);
                for (size_t r = 0; r < ROW_PAIRS; r++)
                    sum[t][r] = vmmlaq_s32(sum[t][r], part(zipped[r], p), codes_of_x);
            }
    }
    for (size_t r = 0; r < ROW_PAIRS; r += 2) {
        const float32x4_t of_w = mw_halves_to_floats(scales + 4 * r);
        const float32x4_t twice[] = {vzip1q_f32(of_w, of_w), vzip2q_f32(of_w, of_w)};
        for (size_t t = 0; t < pairs; t++) {
            const float32x2_t of_x = {a[t]->scale, b[t]->scale};
            for (size_t k = 0; k < 2; k++)
                acc[t][r + k] = vfmaq_f32(acc[t][r + k], vcvtq_f32_s32(sum[t][r + k]),
                                          vmulq_f32(twice[k], vcombine_f32(of_x, of_x)));
        }
    }
}

/* `panels` is 1. */
static inline __attribute__((always_inline)) void tile(float (*to)[R], const char *w, size_t stride, const mw_x8 *x,
                                                       size_t ldx, size_t cols, size_t panels, size_t tokens)
{
    const size_t blocks = cols / GROUP;
    (void)stride, (void)panels;
    for (size_t i = 0; i < R; i += ROWS) {
        const char *pair = w;
        float32x4_t acc[TOKEN_PAIRS][ROW_PAIRS];
        for (size_t t = 0; t < TOKEN_PAIRS; t++)
            for (size_t r = 0; r < ROW_PAIRS; r++)
                acc[t][r] = vdupq_n_f32(0);
        size_t b = 0;
        for (; b + 2 <= blocks; b += 2, pair += PAIR_BYTES) {
            add_block(acc, group_of(pair, 0, 2), i, x + b, ldx, tokens);
            add_block(acc, group_of(pair, 1, 2), i, x + b + 1, ldx, tokens);
        }
        if (b < blocks)
            add_block(acc, group_of(pair, 0, 1), i, x + b, ldx, tokens);
        for (size_t t = 0; t < tokens; t++)
            for (size_t r = 0; r < ROW_PAIRS; r += 2) {
                const float32x4_t first = acc[t / 2][r], second = acc[t / 2][r + 1];
                vst1q_f32(to[t] + i + 2 * r, t % 2 ? vuzp2q_f32(first, second) : vuzp1q_f32(first, second));
            }
    }
}

#include "kernels/tvl16_walk.h"

#endif
