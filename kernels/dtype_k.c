/* Super-blocks taken apart. How floats become one: dtype_k_quantize.c. */
#include "kernels/dtype_k.h"
#include "kernels/dtype_parts.h"

#include <string.h>

mw_k_parts mw_k_parts_of(mw_dtype dtype)
{
    return dtype == MW_Q6_K ? (mw_k_parts){208, 2, 192, 16} : (mw_k_parts){0, 4, 4, 12};
}

/* --- codes --- */

/* Where code j has its bits: the low four in half `high` of byte `low`, the others from bit `shift` of byte `above`. */
typedef struct place {
    unsigned low, high, above, shift;
} place;

static place place_of(mw_dtype dtype, unsigned j)
{
    const unsigned c = j % 32;
    if (dtype == MW_Q6_K) /* 128 values: 64 bytes of low bits, and 32 of high ones in the middle of the block */
        return (place){j / 128 * 64 + j % 64, j / 64 % 2, 128 + j / 128 * 32 + c, j / 32 % 4 * 2};
    /* 64 values: 32 bytes of low bits. A byte of high bits serves all eight groups. */
    return (place){(dtype == MW_Q5_K ? 48 : 16) + j / 64 * 32 + c, j / 32 % 2, 16 + c, j / 32};
}

/* The highest code without its four low bits. */
static unsigned mask_of(mw_dtype dtype)
{
    return dtype == MW_Q6_K ? 3 : dtype == MW_Q5_K ? 1 : 0;
}

void mw_k_codes(mw_dtype dtype, const uint8_t *block, uint8_t codes[MW_K])
{
    const unsigned mask = mask_of(dtype);
    for (unsigned j = 0; j < MW_K; j++) {
        const place p = place_of(dtype, j);
        codes[j] = (uint8_t)((block[p.low] >> 4 * p.high & 15) | (block[p.above] >> p.shift & mask) << 4);
    }
}

void mw_k_put_codes(mw_dtype dtype, uint8_t *block, const uint8_t codes[MW_K])
{
    const unsigned mask = mask_of(dtype);
    const mw_k_parts parts = mw_k_parts_of(dtype);
    const size_t others = parts.half_bytes + parts.scale_bytes; /* before the codes, or after them */
    memset(block + (parts.halves == 0 ? others : 0), 0, mw_dtypes[dtype].block_bytes - others);
    for (unsigned j = 0; j < MW_K; j++) {
        const place p = place_of(dtype, j);
        block[p.low] |= (uint8_t)((codes[j] & 15u) << 4 * p.high);
        if (mask)
            block[p.above] |= (uint8_t)((codes[j] >> 4 & mask) << p.shift);
    }
}

void mw_k_scale(const uint8_t scales[12], size_t g, unsigned *scale, unsigned *minimum)
{
    if (g < 4) {
        *scale = scales[g] & 63;
        *minimum = scales[g + 4] & 63;
    } else {
        *scale = (scales[g + 4] & 15) | scales[g - 4] >> 6 << 4;
        *minimum = scales[g + 4] >> 4 | scales[g] >> 6 << 4;
    }
}

/* --- to floats --- */

static float half_at(const uint8_t *at)
{
    uint16_t half;
    memcpy(&half, at, sizeof half);
    return mw_float_of_f16(half);
}

/* Every product and the difference are rounded to floats, as GGUF's readers do. */
static void with_minima(mw_dtype dtype, float *to, const uint8_t *block, size_t n)
{
    for (; n >= MW_K; n -= MW_K, to += MW_K, block += mw_dtypes[dtype].block_bytes) {
        uint8_t codes[MW_K];
        mw_k_codes(dtype, block, codes);
        for (size_t g = 0; g < MW_K_GROUPS; g++) {
            unsigned scale, minimum;
            mw_k_scale(block + 4, g, &scale, &minimum);
            const float step = half_at(block) * (float)scale, offset = half_at(block + 2) * (float)minimum;
            for (size_t j = g * MW_K_GROUP; j < (g + 1) * MW_K_GROUP; j++)
                to[j] = step * (float)codes[j] - offset;
        }
    }
}

void mw_q4_k_to_floats(float *to, const void *from, size_t n)
{
    with_minima(MW_Q4_K, to, from, n);
}

void mw_q5_k_to_floats(float *to, const void *from, size_t n)
{
    with_minima(MW_Q5_K, to, from, n);
}

void mw_q6_k_to_floats(float *to, const void *from, size_t n)
{
    const mw_k_parts parts = mw_k_parts_of(MW_Q6_K);
    const uint8_t *block = from;
    for (; n >= MW_K; n -= MW_K, to += MW_K, block += mw_dtypes[MW_Q6_K].block_bytes) {
        uint8_t codes[MW_K];
        mw_k_codes(MW_Q6_K, block, codes);
        for (size_t j = 0; j < MW_K; j++)
            to[j] = half_at(block + parts.halves) * (float)(int8_t)block[parts.scales + j / 16] *
                    (float)((int)codes[j] - 32);
    }
}

/* --- finite? --- */

/* A block is finite if its halves are. */
static bool all_finite(mw_dtype dtype, const uint8_t *block, size_t n)
{
    const mw_k_parts parts = mw_k_parts_of(dtype);
    unsigned bad = 0;
    for (; n >= MW_K; n -= MW_K, block += mw_dtypes[dtype].block_bytes)
        for (unsigned upper = 1; upper < parts.half_bytes; upper += 2)
            bad |= (block[parts.halves + upper] & 0x7c) == 0x7c;
    return !bad;
}

bool mw_q4_k_finite(const void *from, size_t n)
{
    return all_finite(MW_Q4_K, from, n);
}

bool mw_q5_k_finite(const void *from, size_t n)
{
    return all_finite(MW_Q5_K, from, n);
}

bool mw_q6_k_finite(const void *from, size_t n)
{
    return all_finite(MW_Q6_K, from, n);
}
