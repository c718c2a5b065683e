#include "kernels/dtype.h"

#include "kernels/dtype_parts.h"

#include <math.h>
#include <string.h>
#include <strings.h>

enum { BLOCK = 32, SCALE_BYTES = 2 };

/* --- values of 16 bits --- */

float mw_float_of_f16(uint16_t half)
{
    return mw_f16_to_float(half);
}

uint16_t mw_f16_of_float(float value)
{
    const uint32_t bits = mw_bits_of_float(value), sign = bits >> 16 & 0x8000, magnitude = bits & 0x7fffffff;
    uint32_t half;
    if (magnitude > 0x7f800000) /* NaN stays one, and quiet */
        half = 0x7e00 | (magnitude >> 13 & 0x3ff);
    else if (magnitude >= mw_bits_of_float(65520.0f)) /* halfway from the largest half to what would be the next */
        half = 0x7c00;
    else if (magnitude < mw_bits_of_float(0x1p-14f)) /* subnormal: 0.5 has ulps of 2^-24: the sum is rounded to one */
        half = mw_bits_of_float(mw_float_of_bits(magnitude) + 0.5f) - mw_bits_of_float(0.5f);
    else /* half an ulp more, less one for ties to even; the exponent's bias changes from 127 to 15 */
        half = (magnitude + 0xfff + (magnitude >> 13 & 1) - ((127 - 15) << 23)) >> 13;
    return (uint16_t)(sign | half);
}

float mw_float_of_bf16(uint16_t upper)
{
    return mw_float_of_bits((uint32_t)upper << 16);
}

uint16_t mw_bf16_of_float(float value)
{
    const uint32_t bits = mw_bits_of_float(value);
    if ((bits & 0x7fffffff) > 0x7f800000)
        return (uint16_t)(bits >> 16 | 0x40);
    return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

static void f16_to_floats(float *to, const void *from, size_t n)
{
    const uint16_t *halves = from;
    for (size_t i = 0; i < n; i++)
        to[i] = mw_float_of_f16(halves[i]);
}

static void f16_of_floats(void *to, const float *from, size_t n)
{
    uint16_t *halves = to;
    for (size_t i = 0; i < n; i++)
        halves[i] = mw_f16_of_float(from[i]);
}

static void bf16_to_floats(float *to, const void *from, size_t n)
{
    const uint16_t *uppers = from;
    for (size_t i = 0; i < n; i++)
        to[i] = mw_float_of_bf16(uppers[i]);
}

static void bf16_of_floats(void *to, const float *from, size_t n)
{
    uint16_t *uppers = to;
    for (size_t i = 0; i < n; i++)
        uppers[i] = mw_bf16_of_float(from[i]);
}

static void f32_to_floats(float *to, const void *from, size_t n)
{
    memcpy(to, from, n * sizeof *to);
}

static void f32_of_floats(void *to, const float *from, size_t n)
{
    memcpy(to, from, n * sizeof *from);
}

/* --- block formats of 32 values --- */

static float get_scale(const uint8_t *block)
{
    uint16_t half;
    memcpy(&half, block, sizeof half);
    return mw_float_of_f16(half);
}

static void put_scale(uint8_t *block, float scale)
{
    const uint16_t half = mw_f16_of_float(scale);
    memcpy(block, &half, sizeof half);
}

static void q8_0_to_floats(float *to, const void *from, size_t n)
{
    const uint8_t *block = from;
    for (size_t i = 0; i < n; i += BLOCK, block += SCALE_BYTES + BLOCK)
        for (size_t j = 0; j < BLOCK; j++)
            to[i + j] = (float)(int8_t)block[SCALE_BYTES + j] * get_scale(block);
}

static void q8_0_of_floats(void *to, const float *from, size_t n)
{
    uint8_t *block = to;
    for (size_t i = 0; i < n; i += BLOCK, block += SCALE_BYTES + BLOCK) {
        float most = 0;
        for (size_t j = 0; j < BLOCK; j++)
            most = fmaxf(most, fabsf(from[i + j]));
        const float scale = most / 127, inverse = scale != 0 ? 1 / scale : 0;
        put_scale(block, scale);
        for (size_t j = 0; j < BLOCK; j++)
            block[SCALE_BYTES + j] = (uint8_t)(int8_t)roundf(from[i + j] * inverse);
    }
}

static void q4_0_to_floats(float *to, const void *from, size_t n)
{
    const uint8_t *block = from;
    for (size_t i = 0; i < n; i += BLOCK, block += SCALE_BYTES + BLOCK / 2)
        for (size_t j = 0; j < BLOCK / 2; j++) {
            const uint8_t codes = block[SCALE_BYTES + j];
            to[i + j] = (float)((codes & 15) - 8) * get_scale(block);
            to[i + j + BLOCK / 2] = (float)((codes >> 4) - 8) * get_scale(block);
        }
}

/* The value of largest magnitude, the first of equals, becomes code 0 (-8): its sign gives the scale its sign. */
static void q4_0_of_floats(void *to, const float *from, size_t n)
{
    uint8_t *block = to;
    for (size_t i = 0; i < n; i += BLOCK, block += SCALE_BYTES + BLOCK / 2) {
        float most = 0;
        for (size_t j = 0; j < BLOCK; j++)
            most = fabsf(from[i + j]) > fabsf(most) ? from[i + j] : most;
        const float scale = most / -8, inverse = scale != 0 ? 1 / scale : 0;
        put_scale(block, scale);
        for (size_t j = 0; j < BLOCK / 2; j++) {
            const int low = (int)(from[i + j] * inverse + 8.5f), high = (int)(from[i + j + BLOCK / 2] * inverse + 8.5f);
            block[SCALE_BYTES + j] = (uint8_t)((low < 15 ? low : 15) | (high < 15 ? high : 15) << 4);
        }
    }
}

/* --- finite? --- */

/* Inf and NaN are the values with all exponent bits set. The loops have no early exit, so that they are vectorized:
 * every weight that is read is checked. */
static bool f32_finite(const void *from, size_t n)
{
    const float *x = from;
    uint32_t bad = 0;
    for (size_t i = 0; i < n; i++)
        bad |= (mw_bits_of_float(x[i]) & 0x7f800000) == 0x7f800000;
    return !bad;
}

static bool halves_finite(const void *from, size_t n, uint16_t exponent)
{
    const uint16_t *x = from;
    unsigned bad = 0;
    for (size_t i = 0; i < n; i++)
        bad |= (x[i] & exponent) == exponent;
    return !bad;
}

static bool f16_finite(const void *from, size_t n)
{
    return halves_finite(from, n, 0x7c00);
}

static bool bf16_finite(const void *from, size_t n)
{
    return halves_finite(from, n, 0x7f80);
}

/* A block is finite if its scale is. */
static bool scales_finite(const uint8_t *block, size_t blocks, size_t block_bytes)
{
    unsigned bad = 0;
    for (size_t i = 0; i < blocks; i++)
        bad |= (block[i * block_bytes + 1] & 0x7c) == 0x7c;
    return !bad;
}

static bool q8_0_finite(const void *from, size_t n)
{
    return scales_finite(from, n / BLOCK, SCALE_BYTES + BLOCK);
}

static bool q4_0_finite(const void *from, size_t n)
{
    return scales_finite(from, n / BLOCK, SCALE_BYTES + BLOCK / 2);
}

/* --- the table --- */

const mw_dtype_info mw_dtypes[MW_DTYPE_COUNT] = {
    [MW_F32] = {"f32", "", 1, 4, 0, f32_to_floats, f32_of_floats, f32_finite},
    [MW_BF16] = {"bf16", "@bf16", 1, 2, 30, bf16_to_floats, bf16_of_floats, bf16_finite},
    [MW_F16] = {"f16", "@f16", 1, 2, 1, f16_to_floats, f16_of_floats, f16_finite},
    [MW_Q8_0] = {"q8_0", "@q8_0", BLOCK, SCALE_BYTES + BLOCK, 8, q8_0_to_floats, q8_0_of_floats, q8_0_finite},
    [MW_Q4_0] = {"q4_0", "@q4_0", BLOCK, SCALE_BYTES + BLOCK / 2, 2, q4_0_to_floats, q4_0_of_floats, q4_0_finite},
    [MW_Q4_K] = {"q4_K", "@q4_K", MW_K, 144, 12, mw_q4_k_to_floats, mw_q4_k_of_floats, mw_q4_k_finite},
    [MW_Q5_K] = {"q5_K", "@q5_K", MW_K, 176, 13, mw_q5_k_to_floats, mw_q5_k_of_floats, mw_q5_k_finite},
    [MW_Q6_K] = {"q6_K", "@q6_K", MW_K, 210, 14, mw_q6_k_to_floats, mw_q6_k_of_floats, mw_q6_k_finite},
};

bool mw_dtype_named(const char *name, mw_dtype *dtype)
{
    for (int d = 0; d < MW_DTYPE_COUNT; d++)
        if (strcasecmp(name, mw_dtypes[d].name) == 0) {
            *dtype = (mw_dtype)d;
            return true;
        }
    return false;
}

bool mw_dtype_of_id(uint32_t id, mw_dtype *dtype)
{
    for (int d = 0; d < MW_DTYPE_COUNT; d++)
        if (mw_dtypes[d].id == id) {
            *dtype = (mw_dtype)d;
            return true;
        }
    return false;
}
