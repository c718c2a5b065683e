/* Data of the K formats (kernels/dtype_k.h), and sums over it. Blocks are made of random bits, as a quantizer would
 * never use many of their patterns. Nothing here is shared with what decodes or quantizes blocks elsewhere. */
#include "bench/check/check_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SUPER = 256, GROUPS = SUPER / MW_X8 };

static void put_half(unsigned char *to, double value)
{
    const uint16_t half = mw_f16_of_float((float)value);
    memcpy(to, &half, sizeof half);
}

static double half_at(const unsigned char *at)
{
    uint16_t half;
    memcpy(&half, at, sizeof half);
    return (double)mw_float_of_f16(half);
}

/* --- rows --- */

/* A scale for this kind of data. For one-hot data powers of two, which make every sum exact: those of a block differ
 * by a factor of 16 at most. */
static double draw_half(mw_data data, int exponent, uint64_t *state)
{
    const uint64_t bits = mw_draw(state);
    const double sign = bits & 1 ? -1 : 1, u = 1 + (double)(bits >> 54) / 1024;
    switch (data) {
    case MW_DATA_INTEGER: return 1;
    case MW_DATA_ZERO: return 0;
    case MW_DATA_ONE_HOT: return sign * ldexp(1, exponent + (int)(bits >> 8) % 3);
    case MW_DATA_EXTREME: return sign * ldexp(u, (int)(bits >> 8) % 25 - 14);
    case MW_DATA_TINY: return sign * (u - 1 + 0x1p-10) * 0x1p-14;
    default: return sign * u * 0x1p-6;
    }
}

/* Makes the scales of integer data small, and none 0: a product has at most `budget` as its factor of x. */
static void limit_scales(mw_dtype dtype, unsigned char *block, double budget, uint64_t *state)
{
    const int most_code = dtype == MW_Q4_K ? 15 : dtype == MW_Q5_K ? 31 : 32;
    if (dtype == MW_Q6_K) {
        const int most = (int)fmin(budget / most_code, 127);
        for (int s = 0; s < 16; s++) {
            const int scale = 1 + (int)(mw_draw(state) % (uint64_t)(most > 1 ? most : 1));
            block[192 + s] = (unsigned char)(mw_draw(state) % 2 ? -scale : scale);
        }
        return;
    }
    const uint64_t scale = (uint64_t)fmax(1, fmin(budget / 2 / most_code, 15)),
                   minimum = (uint64_t)fmin(budget / 4, 15);
    for (int s = 0; s < 4; s++) { /* below 16: the upper two bits of all scales are 0 */
        block[4 + s] = (unsigned char)(1 + mw_draw(state) % scale);
        block[8 + s] = (unsigned char)(mw_draw(state) % (minimum + 1));
        block[12 + s] = (unsigned char)((1 + mw_draw(state) % scale) | (mw_draw(state) % (minimum + 1)) << 4);
    }
}

void mw_k_largest_x(float *x, size_t n, uint64_t *state)
{
    for (; n >= MW_X8; n -= MW_X8, x += MW_X8) {
        const uint64_t turn = mw_draw(state) % 4;
        for (int j = 0; j < MW_X8 && turn < 2; j++)
            x[j] = turn ? 1 : -1;
    }
}

void mw_k_row(mw_dtype dtype, char *row, size_t cols, mw_data data, double budget, uint64_t *state)
{
    const size_t bytes = mw_dtypes[dtype].block_bytes, blocks = cols / SUPER;
    for (size_t b = 0; b < blocks; b++) {
        unsigned char *block = (unsigned char *)row + b * bytes;
        const int exponent = (int)(mw_draw(state) % 20) - 12;
        unsigned char *halves = dtype == MW_Q6_K ? block + 208 : block;
        if (data == MW_DATA_CANCELLING && b >= blocks / 2 && blocks % 2 == 0) { /* what was added is subtracted */
            memcpy(block, block - blocks / 2 * bytes, bytes);
            halves[1] ^= 0x80;
            if (dtype != MW_Q6_K)
                halves[3] ^= 0x80;
            continue;
        }
        for (size_t i = 0; i < bytes; i++)
            block[i] = (unsigned char)(mw_draw(state) >> 40);
        const uint64_t turn = mw_draw(state) % 4;
        if (data == MW_DATA_NORMAL && turn < 2) /* the codes that make the largest sums, with mw_k_largest_x */
            memset(block + (dtype == MW_Q6_K ? 0 : 16), turn ? 255 : 0, dtype == MW_Q6_K ? 192 : bytes - 16);
        if (data == MW_DATA_INTEGER)
            limit_scales(dtype, block, budget, state);
        put_half(halves, draw_half(data, exponent, state));
        if (dtype != MW_Q6_K)
            put_half(halves + 2, draw_half(data, exponent, state));
    }
}

/* --- sums --- */

typedef struct group {
    int scale[2], minimum, codes[MW_X8]; /* a scale for each 16 codes */
} group;

/* Bit `bit` of a number that is made of bits of a block. */
static int bits_at(const unsigned char *block, size_t byte, size_t bit, unsigned n)
{
    return block[byte] >> bit & ((1 << n) - 1);
}

static group group_of(mw_dtype dtype, const unsigned char *block, size_t g)
{
    group of = {.minimum = 0};
    for (size_t j = 0; j < MW_X8 && dtype != MW_Q6_K; j++) {
        const size_t low = (dtype == MW_Q4_K ? 16 : 48) + g / 2 * 32 + j;
        of.codes[j] = bits_at(block, low, g % 2 * 4, 4) + (dtype == MW_Q5_K ? 16 * bits_at(block, 16 + j, g, 1) : 0);
    }
    for (size_t j = 0; j < MW_X8 && dtype == MW_Q6_K; j++) {
        const size_t low = g / 4 * 64 + g % 2 * 32 + j, high = 128 + g / 4 * 32 + j;
        of.codes[j] = bits_at(block, low, g / 2 % 2 * 4, 4) + 16 * bits_at(block, high, g % 4 * 2, 2) - 32;
        of.scale[j / 16] = (signed char)block[192 + 2 * g + j / 16];
    }
    if (dtype != MW_Q6_K) {
        const size_t at = g % 4 + 4;
        of.scale[0] = g < 4 ? bits_at(block, at, 0, 6) : bits_at(block, at + 8, 0, 4) + 16 * bits_at(block, at, 6, 2);
        of.minimum =
            g < 4 ? bits_at(block, at + 4, 0, 6) : bits_at(block, at + 8, 4, 4) + 16 * bits_at(block, at + 4, 6, 2);
        of.scale[1] = of.scale[0];
    }
    return of;
}

double mw_k_dot(mw_dtype dtype, const char *row, const mw_x8 *x, size_t cols, double *size)
{
    double sum = 0;
    *size = 0;
    for (size_t b = 0; b < cols / SUPER; b++, row += mw_dtypes[dtype].block_bytes) {
        const unsigned char *block = (const unsigned char *)row;
        const double d = half_at(dtype == MW_Q6_K ? block + 208 : block),
                     dmin = dtype == MW_Q6_K ? 0 : half_at(block + 2);
        for (size_t g = 0; g < GROUPS; g++, x++) {
            const group of = group_of(dtype, block, g);
            double exact = 0, all = 0, sum_x = 0, all_x = 0;
            for (int j = 0; j < MW_X8; j++) {
                exact += of.scale[j / 16] * of.codes[j] * x->codes[j];
                all += abs(of.scale[j / 16] * of.codes[j] * x->codes[j]);
                sum_x += x->codes[j];
                all_x += abs(x->codes[j]);
            }
            sum += (d * exact - dmin * of.minimum * sum_x) * (double)x->scale;
            *size += (fabs(d) * all + fabs(dmin) * of.minimum * all_x) * fabs((double)x->scale);
        }
    }
    return sum;
}
