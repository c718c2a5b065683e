/* Data of block formats, and the check of what quantizes activations. */
#include "bench/check/check_parts.h"

#include "kernels/dtype_k.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void mw_narrow(float *v, size_t n, mw_data data)
{
    for (size_t i = 0; i < n; i++) {
        int exponent;
        const float mantissa = frexpf(v[i], &exponent);
        if (data == MW_DATA_EXTREME || data == MW_DATA_ONE_HOT)
            v[i] = ldexpf(mantissa, exponent / 5); /* 2^-20 to 2^10 */
        if (data == MW_DATA_TINY)
            v[i] = ldexpf(v[i], i % 2 ? 125 : 56); /* denormal f16, or nearly */
    }
}

void mw_whole_blocks(float *v, size_t n, float largest, size_t from)
{
    const float most = fminf(floorf(sqrtf(0x1p24f / (float)n) / 2), fabsf(largest) - 1);
    for (size_t i = 0; i < n; i++)
        v[i] = copysignf(1 + fmodf(fabsf(v[i]), most), v[i]);
    for (size_t b = 0; b < n / MW_X8; b++)
        v[b * MW_X8 + from + b * 7 % 16] = largest;
}

static float scale_of(const char *block)
{
    uint16_t half;
    memcpy(&half, block, sizeof half);
    return mw_float_of_f16(half);
}

/* The codes of a stored block; returns its scale. */
static double codes_of(mw_dtype dtype, const char *block, int codes[MW_X8])
{
    const unsigned char *byte = (const unsigned char *)block + 2;
    for (int j = 0; j < MW_X8; j++)
        codes[j] = dtype == MW_Q8_0 ? (int8_t)byte[j] : (j < 16 ? byte[j] & 15 : byte[j - 16] >> 4) - 8;
    return (double)scale_of(block);
}

double mw_blocks_dot(mw_dtype dtype, const char *row, const mw_x8 *x, size_t cols, double *size)
{
    if (mw_dtype_is_k(dtype))
        return mw_k_dot(dtype, row, x, cols, size);
    double sum = 0;
    *size = 0;
    for (size_t b = 0; b < cols / MW_X8; b++) {
        int codes[MW_X8], exact = 0, all = 0;
        const double scale = codes_of(dtype, row + b * mw_dtypes[dtype].block_bytes, codes) * (double)x[b].scale;
        for (size_t j = 0; j < MW_X8; j++) {
            exact += codes[j] * x[b].codes[j];
            all += abs(codes[j] * x[b].codes[j]);
        }
        sum += scale * exact;
        *size += fabs(scale) * all;
    }
    return sum;
}

void mw_spoil_scale(mw_dtype dtype, char *block, uint64_t *state)
{
    static const uint16_t bad[] = {0x7c00, 0xfc00, 0x7e00};
    const uint64_t turn = mw_draw(state);
    const mw_k_parts k = mw_dtype_is_k(dtype) ? mw_k_parts_of(dtype) : (mw_k_parts){.half_bytes = sizeof bad[0]};
    memcpy(block + k.halves + turn / 3 * sizeof bad[0] % k.half_bytes, &bad[turn % 3], sizeof bad[0]);
}

void mw_quantize_like(mw_x8 *to, const float *x, size_t n)
{
    for (; n >= MW_X8; n -= MW_X8, x += MW_X8, to++) {
        float most = 0;
        bool finite = true;
        for (int j = 0; j < MW_X8; j++) {
            finite &= isfinite(x[j]) != 0;
            most = fmaxf(most, fabsf(x[j]));
        }
        *to = (mw_x8){.scale = finite ? 0 : NAN};
        if (!finite || most < 0x1p-90f)
            continue;
        to->scale = most / 127;
        for (int j = 0; j < MW_X8; j++) {
            to->codes[j] = (int8_t)nearbyintf(x[j] * (127 / most));
            to->sum += to->codes[j];
        }
    }
}

/* --- the op that quantizes --- */

enum { OUT, IN };

static void call(void *arg)
{
    const mw_check *check = arg;
    check->kernel->fn.quantize((mw_x8 *)(void *)check->block[OUT].floats, check->block[IN].floats, check->c->cols);
}

/* The first block that is not as it must be, any NaN for any NaN; n if there is none. */
static size_t differs(const mw_x8 *got, const mw_x8 *want, size_t n)
{
    for (size_t b = 0; b < n; b++)
        if (!(got[b].scale == want[b].scale || (isnan(got[b].scale) && isnan(want[b].scale))) ||
            got[b].sum != want[b].sum || memcmp(got[b].codes, want[b].codes, sizeof got[b].codes) != 0)
            return b;
    return n;
}

/* What the kinds of data lack: values halfway between two codes, and blocks that are too small to have a scale. */
static void add_corners(float *x, size_t n, const mw_check_case *c)
{
    if (c->data == MW_DATA_INTEGER) { /* the scale is 1 */
        mw_whole_blocks(x, n, 127, 0);
        for (size_t i = 0; i < n; i++)
            x[i] += x[i] == 127 ? 0 : 0.5f;
    }
    for (size_t i = 0; i < n && c->data == MW_DATA_TINY; i++)
        if ((i / MW_X8 + c->seed) % 2)
            x[i] = ldexpf(x[i], -100);
}

int mw_check_quantize(mw_check *check)
{
    const mw_check_case *c = check->c;
    const size_t n = c->cols, blocks = n / MW_X8;
    uint64_t state = c->seed;
    mw_block_open(check, OUT, "the blocks", blocks * sizeof(mw_x8) / sizeof(float), sizeof(float), c->misalign, true);
    mw_block_open(check, IN, "x", n, sizeof(float), c->misalign * 5 % 64, false);
    mw_x8 *want = mw_check_room(check, blocks, sizeof *want);
    int rc = mw_check_memory(check);
    if (rc)
        return rc;
    mw_fill(check->block[IN].given, n, c->data, true, n, &state);
    add_corners(check->block[IN].given, n, c);
    if (c->data == MW_DATA_NONFINITE)
        mw_spoil(check->block[IN].given, n, &state);
    mw_quantize_like(want, check->block[IN].given, n);
    rc = mw_check_call(check, call, check);
    if (rc)
        return rc;
    const mw_x8 *got = (const mw_x8 *)(const void *)check->block[OUT].floats;
    const size_t at = differs(got, want, blocks);
    if (at == blocks)
        return 0;
    return mw_check_wrong(check, "gave block %zu scale %g and sum %d, expected %g and %d, or other codes", at,
                          (double)got[at].scale, (int)got[at].sum, (double)want[at].scale, (int)want[at].sum);
}
