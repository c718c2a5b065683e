/* Kernels of q8_0 and q4_0 with one mistake each. tests/broken_kernels.h lists them. */
#ifndef MW_TESTS_BROKEN_BLOCKS_H
#define MW_TESTS_BROKEN_BLOCKS_H

#include "kernels/kernel.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

enum { GROUP = 32, Q8_BYTES = 34, Q4_BYTES = 18 };

static float half_at(const uint8_t *at)
{
    uint16_t half;
    memcpy(&half, at, sizeof half);
    return mw_float_of_f16(half);
}

/* Code j of a block. */
static int code_of(const uint8_t *block, size_t bytes, size_t j)
{
    return bytes == Q8_BYTES ? (int8_t)block[2 + j] : (block[2 + j % 16] >> (j < 16 ? 0 : 4) & 15) - 8;
}

static int right_dot(const uint8_t *block, size_t bytes, const mw_x8 *x)
{
    int dot = 0;
    for (size_t j = 0; j < GROUP; j++)
        dot += code_of(block, bytes, j) * x->codes[j];
    return dot;
}

static float right_row(const uint8_t *w, size_t bytes, const mw_x8 *x, size_t groups)
{
    float sum = 0;
    for (size_t g = 0; g < groups; g++)
        sum = fmaf((float)right_dot(w + g * bytes, bytes, &x[g]), half_at(w + g * bytes) * x[g].scale, sum);
    return sum;
}

/* A row-major kernel of q8_0 and one of q4_0, of which the body is one row: `groups` blocks of `bytes` from w on. */
#define BLOCKS(name) \
    static float name##_row(const uint8_t *w, size_t bytes, const mw_x8 *x, size_t groups); \
    __attribute__((unused)) static void name##_q8(float *y, const void *w, const void *x, size_t rows, size_t cols, \
                                                  size_t ld) \
    { \
        for (size_t i = 0; i < rows; i++) \
            y[i] = name##_row((const uint8_t *)w + i * (ld / GROUP) * Q8_BYTES, Q8_BYTES, x, cols / GROUP); \
    } \
    __attribute__((unused)) static void name##_q4(float *y, const void *w, const void *x, size_t rows, size_t cols, \
                                                  size_t ld) \
    { \
        for (size_t i = 0; i < rows; i++) \
            y[i] = name##_row((const uint8_t *)w + i * (ld / GROUP) * Q4_BYTES, Q4_BYTES, x, cols / GROUP); \
    } \
    static float name##_row(const uint8_t *w, size_t bytes, const mw_x8 *x, size_t groups)

/* The same, of which the body is one block: the sum of products of codes. */
#define DOTS(name) \
    static int name##_dot(const uint8_t *w, size_t bytes, const mw_x8 *x); \
    BLOCKS(name) \
    { \
        float sum = 0; \
        for (size_t g = 0; g < groups; g++) \
            sum = fmaf((float)name##_dot(w + g * bytes, bytes, &x[g]), half_at(w + g * bytes) * x[g].scale, sum); \
        return sum; \
    } \
    static int name##_dot(const uint8_t *w, size_t bytes, const mw_x8 *x)

BLOCKS(drops_last_block)
{
    return right_row(w, bytes, x, groups - 1);
}

BLOCKS(takes_scale_of_neighbour)
{
    float sum = 0;
    for (size_t g = 0; g < groups; g++) {
        const size_t other = (g ^ 1) < groups ? g ^ 1 : g;
        sum += (float)right_dot(w + g * bytes, bytes, &x[g]) * half_at(w + other * bytes) * x[g].scale;
    }
    return sum;
}

BLOCKS(takes_x_scale_of_neighbour)
{
    float sum = 0;
    for (size_t g = 0; g < groups; g++)
        sum += (float)right_dot(w + g * bytes, bytes, &x[g]) * half_at(w + g * bytes) * x[g ? g - 1 : 0].scale;
    return sum;
}

BLOCKS(ignores_x_scale)
{
    float sum = 0;
    for (size_t g = 0; g < groups; g++)
        sum += (float)right_dot(w + g * bytes, bytes, &x[g]) * half_at(w + g * bytes);
    return sum;
}

BLOCKS(reads_next_block) /* as a load would that is wider than the codes */
{
    (void)((const volatile uint8_t *)w)[groups * bytes];
    return right_row(w, bytes, x, groups);
}

BLOCKS(reads_next_x8)
{
    (void)((const volatile mw_x8 *)x)[groups].scale;
    return right_row(w, bytes, x, groups);
}

BLOCKS(rounds_scales_to_f16) /* the product of scales */
{
    float sum = 0;
    for (size_t g = 0; g < groups; g++)
        sum += (float)right_dot(w + g * bytes, bytes, &x[g]) *
               mw_float_of_f16(mw_f16_of_float(half_at(w + g * bytes) * x[g].scale));
    return sum;
}

BLOCKS(hides_bad_scale) /* a scale that is not finite */
{
    const float sum = right_row(w, bytes, x, groups);
    return isfinite(sum) ? sum : 0;
}

DOTS(negates_a_code)
{
    return right_dot(w, bytes, x) - 2 * code_of(w, bytes, 17) * x->codes[17];
}

DOTS(drops_last_code)
{
    return right_dot(w, bytes, x) - code_of(w, bytes, 31) * x->codes[31];
}

DOTS(forgets_correction) /* codes are offset to be unsigned, and what that adds stays in */
{
    return right_dot(w, bytes, x) + (bytes == Q8_BYTES ? 128 : 8) * x->sum;
}

DOTS(corrects_by_one_less)
{
    return right_dot(w, bytes, x) + x->sum;
}

DOTS(sums_in_16_bits)
{
    return (int16_t)right_dot(w, bytes, x);
}

DOTS(saturates_pairs) /* of unsigned codes and signed ones, in 16 bits, which two products of q8_0 do not fit */
{
    int sum = -128 * x->sum;
    for (size_t j = 0; j < GROUP; j += 2) {
        const int pair =
            (code_of(w, bytes, j) + 128) * x->codes[j] + (code_of(w, bytes, j + 1) + 128) * x->codes[j + 1];
        sum += pair > INT16_MAX ? INT16_MAX : pair < INT16_MIN ? INT16_MIN : pair;
    }
    return sum;
}

DOTS(swaps_halves_of_bytes) /* of q4_0: codes j and j + 16 */
{
    int dot = 0;
    for (size_t j = 0; j < GROUP; j++)
        dot += code_of(w, bytes, j) * x->codes[j ^ 16];
    return dot;
}

DOTS(takes_neighbours_for_a_byte) /* of q4_0: codes 2 j and 2 j + 1, as other formats have them */
{
    int dot = 0;
    for (size_t j = 0; j < GROUP; j++)
        dot += code_of(w, bytes, j) * x->codes[j % 16 * 2 + j / 16];
    return dot;
}

/* --- several tokens --- */

/* A right GEMM: the bits of the kernel "scalar" of q8_0, token by token. */
static void right_q8_gemm(float *y, size_t ldy, const void *w, const void *x, size_t ldx, size_t tokens, size_t rows,
                          size_t cols, size_t ld)
{
    for (size_t t = 0; t < tokens; t++)
        for (size_t i = 0; i < rows; i++)
            y[t * ldy + i] = right_row((const uint8_t *)w + i * (ld / GROUP) * Q8_BYTES, Q8_BYTES,
                                       (const mw_x8 *)x + t * (ldx / GROUP), cols / GROUP);
}

static void takes_values_for_blocks(float *y, size_t ldy, const void *w, const void *x, size_t ldx, size_t tokens,
                                    size_t rows, size_t cols, size_t ld) /* ldx counts values */
{
    right_q8_gemm(y, ldy, w, x, ldx * GROUP, tokens, rows, cols, ld);
}

static void adds_last_group_first(float *y, size_t ldy, const void *w, const void *x, size_t ldx, size_t tokens,
                                  size_t rows, size_t cols, size_t ld) /* not the GEMV's bits */
{
    const size_t last = cols / GROUP - 1;
    for (size_t t = 0; t < tokens; t++)
        for (size_t i = 0; i < rows; i++) {
            const uint8_t *row = (const uint8_t *)w + i * (ld / GROUP) * Q8_BYTES;
            const mw_x8 *xs = (const mw_x8 *)x + t * (ldx / GROUP);
            y[t * ldy + i] =
                right_row(row + last * Q8_BYTES, Q8_BYTES, xs + last, 1) + right_row(row, Q8_BYTES, xs, last);
        }
}

/* --- blocks in layout tvl --- */

/* `lines` of codes of a group. Row i takes the scale of row i + shift; `odd`: the last of an odd number of groups has a
 * line of scales of its own, as it must. */
static void blocks_of_panels(float *y, const uint8_t *w, const mw_x8 *x, size_t rows, size_t cols, size_t lines,
                             size_t shift, bool odd)
{
    const size_t groups = cols / GROUP, panel = (groups * lines + (groups + 1) / 2) * 64;
    uint8_t block[Q8_BYTES];
    for (size_t i = 0; i < rows; i++) {
        y[i] = 0;
        for (size_t g = 0; g < groups; g++) {
            const uint8_t *pair = w + i / 16 * panel + g / 2 * (2 * lines + 1) * 64;
            const bool alone = odd && g + 1 == groups && g % 2 == 0;
            memcpy(block, pair + (alone ? 1 : 2) * lines * 64 + g % 2 * 32 + (i + shift) % 16 * 2, 2);
            for (size_t l = 0; l < lines; l++)
                memcpy(block + 2 + 4 * l, pair + (g % 2 * lines + l) * 64 + i % 16 * 4, 4);
            y[i] += right_row(block, 2 + 4 * lines, &x[g], 1);
        }
    }
}

static void takes_scale_of_next_row(float *y, const void *w, const void *x, size_t rows, size_t cols, size_t ld)
{
    (void)ld;
    blocks_of_panels(y, w, x, rows, cols, 8, 1, true);
}

static void forgets_odd_group(float *y, const void *w, const void *x, size_t rows, size_t cols, size_t ld)
{
    (void)ld;
    blocks_of_panels(y, w, x, rows, cols, 8, 0, false);
}

static void forgets_odd_group_of_q4(float *y, const void *w, const void *x, size_t rows, size_t cols, size_t ld)
{
    (void)ld;
    blocks_of_panels(y, w, x, rows, cols, 4, 0, false);
}

#endif
