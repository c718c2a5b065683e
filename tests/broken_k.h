/* Kernels of the K formats with one mistake each. tests/broken_kernels.h lists them. */
#ifndef MW_TESTS_BROKEN_K_H
#define MW_TESTS_BROKEN_K_H

#include "kernels/dtype_k.h"
#include "kernels/kernel.h"
#include "layouts/layout.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* One group of a block, as a right kernel sees it. */
typedef struct k_group {
    float d, dmin;
    int scale[2], minimum; /* of each 16 codes */
    int codes[MW_K_GROUP];
    mw_x8 x;
} k_group;

static float k_half(const uint8_t *at)
{
    uint16_t half;
    memcpy(&half, at, sizeof half);
    return mw_float_of_f16(half);
}

static k_group k_group_of(mw_dtype d, const uint8_t *block, size_t g, const mw_x8 *x)
{
    k_group of = {.d = k_half(block + mw_k_parts_of(d).halves), .x = *x};
    uint8_t codes[MW_K];
    mw_k_codes(d, block, codes);
    for (size_t j = 0; j < MW_K_GROUP; j++)
        of.codes[j] = codes[g * MW_K_GROUP + j] - (d == MW_Q6_K ? 32 : 0);
    for (size_t h = 0; h < 2; h++)
        if (d == MW_Q6_K) {
            of.scale[h] = (int8_t)block[mw_k_parts_of(d).scales + 2 * g + h];
        } else {
            unsigned scale, minimum;
            mw_k_scale(block + 4, g, &scale, &minimum);
            of.scale[h] = (int)scale;
            of.minimum = (int)minimum;
            of.dmin = k_half(block + 2);
        }
    return of;
}

static int k_products(const k_group *of)
{
    int sum = 0;
    for (size_t j = 0; j < MW_K_GROUP; j++)
        sum += of->scale[j / 16] * of->codes[j] * of->x.codes[j];
    return sum;
}

static float k_sum(const k_group *of)
{
    return (of->d * (float)k_products(of) - of->dmin * (float)of->minimum * (float)of->x.sum) * of->x.scale;
}

/* A row-major kernel of a K format whose body is one group: `g` is its number and `block` where it is stored, `of` what
 * it should be. Only the last of `blocks` blocks is `last`. */
#define GROUPS_OF(name) \
    static float name##_group(mw_dtype d, const uint8_t *block, size_t g, k_group of, bool last); \
    static void name##_gemv(mw_dtype d, float *y, const void *w, const mw_x8 *x, size_t rows, size_t cols, size_t ld) \
    { \
        for (size_t i = 0; i < rows; i++) { \
            y[i] = 0; \
            for (size_t b = 0; b < cols / MW_K; b++) { \
                const uint8_t *block = (const uint8_t *)w + (i * (ld / MW_K) + b) * mw_dtypes[d].block_bytes; \
                for (size_t g = 0; g < MW_K_GROUPS; g++) \
                    y[i] += name##_group(d, block, g, k_group_of(d, block, g, &x[b * MW_K_GROUPS + g]), \
                                         b + 1 == cols / MW_K); \
            } \
        } \
    } \
    OF_FORMAT(name, MW_Q4_K) \
    OF_FORMAT(name, MW_Q5_K) \
    OF_FORMAT(name, MW_Q6_K) \
    static float name##_group(mw_dtype d, const uint8_t *block, size_t g, k_group of, bool last)

#define OF_FORMAT(name, d) \
    __attribute__((unused)) static void name##_##d(float *y, const void *w, const void *x, size_t rows, size_t cols, \
                                                   size_t ld) \
    { \
        name##_gemv(d, y, w, x, rows, cols, ld); \
    }

/* What a mistake does not look at. */
#define IGNORE (void)d, (void)block, (void)g, (void)last

GROUPS_OF(forgets_minima)
{
    IGNORE;
    of.minimum = 0;
    return k_sum(&of);
}

GROUPS_OF(forgets_x_scale_of_minima)
{
    IGNORE;
    return of.d * (float)k_products(&of) * of.x.scale - of.dmin * (float)(of.minimum * of.x.sum);
}

GROUPS_OF(swaps_halves)
{
    IGNORE;
    const float half = of.d;
    of.d = of.dmin;
    of.dmin = half;
    return k_sum(&of);
}

GROUPS_OF(takes_scale_of_next_group)
{
    IGNORE;
    const k_group next = k_group_of(d, block, g ^ 1, &of.x);
    memcpy(of.scale, next.scale, sizeof of.scale);
    return k_sum(&of);
}

GROUPS_OF(takes_minimum_of_next_group)
{
    IGNORE;
    of.minimum = k_group_of(d, block, g ^ 1, &of.x).minimum;
    return k_sum(&of);
}

GROUPS_OF(drops_upper_scale_bits) /* of the groups whose bits are in two places */
{
    IGNORE;
    of.scale[0] &= g < 4 ? 63 : 15;
    of.scale[1] = of.scale[0];
    return k_sum(&of);
}

GROUPS_OF(drops_upper_minimum_bits)
{
    IGNORE;
    of.minimum &= g < 4 ? 63 : 15;
    return k_sum(&of);
}

GROUPS_OF(swaps_upper_bits) /* of codes, with those of the next group */
{
    IGNORE;
    const k_group next = k_group_of(d, block, g ^ 1, &of.x);
    const int offset = d == MW_Q6_K ? 32 : 0;
    for (size_t j = 0; j < MW_K_GROUP; j++)
        of.codes[j] = ((of.codes[j] + offset) & 15) + ((next.codes[j] + offset) & ~15) - offset;
    return k_sum(&of);
}

GROUPS_OF(drops_upper_bits)
{
    IGNORE;
    for (size_t j = 0; j < MW_K_GROUP; j++)
        of.codes[j] &= 15;
    return k_sum(&of);
}

GROUPS_OF(forgets_offset) /* of 32 */
{
    IGNORE;
    for (size_t j = 0; j < MW_K_GROUP; j++)
        of.codes[j] += 32;
    return k_sum(&of);
}

GROUPS_OF(takes_scale_for_32)
{
    IGNORE;
    of.scale[1] = of.scale[0];
    return k_sum(&of);
}

GROUPS_OF(forgets_sign_of_scale)
{
    IGNORE;
    of.scale[0] &= 255;
    of.scale[1] &= 255;
    return k_sum(&of);
}

GROUPS_OF(drops_last_block_of)
{
    IGNORE;
    return last ? 0 : k_sum(&of);
}

GROUPS_OF(drops_last_code_of)
{
    IGNORE;
    if (g == MW_K_GROUPS - 1)
        of.codes[MW_K_GROUP - 1] = 0;
    return k_sum(&of);
}

GROUPS_OF(sums_in_16_bits_of) /* the products of a column of four in each lane, before the scale */
{
    IGNORE;
    int sum = 0;
    for (size_t pair = 0; pair < 4; pair += 2) {
        int lane = 0;
        for (size_t j = pair; j < MW_K_GROUP; j += 4)
            lane += of.codes[j] * of.x.codes[j] + of.codes[j + 1] * of.x.codes[j + 1];
        sum += (int16_t)lane * of.scale[0];
    }
    return (of.d * (float)sum - of.dmin * (float)(of.minimum * of.x.sum)) * of.x.scale;
}

GROUPS_OF(rounds_scales_of) /* to f16, the product of two */
{
    IGNORE;
    const float both = mw_float_of_f16(mw_f16_of_float(of.d * of.x.scale));
    of.d = of.x.scale > 0 ? both / of.x.scale : of.d;
    return k_sum(&of);
}

GROUPS_OF(hides_bad_halves)
{
    IGNORE;
    const float sum = k_sum(&of);
    return isfinite(sum) ? sum : 0;
}

GROUPS_OF(reads_next_block_of)
{
    IGNORE;
    (void)((const volatile uint8_t *)block)[mw_dtypes[d].block_bytes];
    return k_sum(&of);
}

/* --- in layout tvl --- */

/* As layout tvl has them, of a matrix with `cols` columns of which `taken` are taken for its number. */
static void k_panels(mw_dtype d, float *y, const void *w, const mw_x8 *x, size_t rows, size_t cols, size_t taken,
                     size_t shift)
{
    for (size_t i = 0; i < rows; i++) {
        y[i] = 0;
        for (size_t b = 0; b < cols / MW_K; b++) {
            uint8_t block[MW_MOST_BLOCK_BYTES];
            const size_t row = i / 16 * 16 + (i + shift) % 16;
            const char *panel = (const char *)w + mw_layout_tvl16.at(d, i / 16 * 16, rows, cols);
            mw_layout_tvl16.get(d, panel, block, row % 16, b, 1, 16, taken);
            for (size_t g = 0; g < MW_K_GROUPS; g++) {
                const k_group of = k_group_of(d, block, g, &x[b * MW_K_GROUPS + g]);
                y[i] += k_sum(&of);
            }
        }
    }
}

static void forgets_odd_block(float *y, const void *w, const void *x, size_t rows, size_t cols, size_t ld)
{
    k_panels(MW_Q6_K, y, w, x, rows, cols, ld + ld % 512, 0);
}

static void takes_next_row(float *y, const void *w, const void *x, size_t rows, size_t cols, size_t ld)
{
    k_panels(MW_Q4_K, y, w, x, rows, cols, ld, 1);
}

#endif
