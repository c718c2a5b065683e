/* Floats to super-blocks, with the codes and scales of GGUF's reference quantizers (ggml, quantize_row_q4_K_ref and its
 * like). They try several scales for each group and keep the one with the smallest weighted square error. The result
 * depends on the order in which floats are added, so that is part of the format here: sums run over a group from its
 * first value to its last, and every product is rounded. */
#include "kernels/dtype_k.h"
#include "kernels/dtype_parts.h"

#include <math.h>
#include <string.h>

/* To nearest, ties to even: the sum is rounded to a whole number, whose low bits are taken. What is not finite gives
 * whatever its bits give, as in the reference. */
static int nearest(float value)
{
    return (int)(mw_bits_of_float(value + 0x1.8p23f) & 0x7fffff) - 0x400000;
}

static int clamp(int value, int least, int most)
{
    return value < least ? least : value > most ? most : value;
}

static void put_half(uint8_t *to, float value)
{
    const uint16_t half = mw_f16_of_float(value);
    memcpy(to, &half, sizeof half);
}

static float as_half(float value)
{
    return mw_float_of_f16(mw_f16_of_float(value));
}

/* --- groups of 32 with a minimum: value = scale * code + least --- */

/* How the codes of a format are searched: 0 to `most`, over `steps` + 1 scales for which the
 * range of a group, from the least that fitted best so far, makes most + first, most + first + 0.1, ... codes. */
typedef struct search {
    int most, steps;
    float first;
} search;

typedef struct fit {
    float scale, least, error;
    uint8_t codes[MW_K_GROUP];
} fit;

static void take_codes(fit *f, const float *x, float inverse, float least, int most)
{
    for (int i = 0; i < MW_K_GROUP; i++)
        f->codes[i] = (uint8_t)clamp(nearest(inverse * (x[i] - least)), 0, most);
}

static void take_error(fit *f, const float *x, const float *weight)
{
    f->error = 0;
    for (int i = 0; i < MW_K_GROUP; i++) {
        const float off = f->scale * (float)f->codes[i] + f->least - x[i];
        f->error += weight[i] * (off * off);
    }
}

/* The scale and the offset that suit the codes best, by linear regression; false if these do not determine them. An
 * offset is never positive. */
static bool regress(fit *f, const float *x, const float *weight, float sum_w, float sum_x)
{
    float sum_l = 0, sum_l2 = 0, sum_xl = 0;
    for (int i = 0; i < MW_K_GROUP; i++) {
        const float l = (float)f->codes[i], wl = weight[i] * l;
        sum_l += wl;
        sum_l2 += wl * l;
        sum_xl += wl * x[i];
    }
    const float determinant = sum_w * sum_l2 - sum_l * sum_l;
    if (!(determinant > 0))
        return false;
    f->scale = (sum_w * sum_xl - sum_x * sum_l) / determinant;
    f->least = (sum_l2 * sum_x - sum_l * sum_xl) / determinant;
    if (f->least > 0) {
        f->least = 0;
        f->scale = sum_xl / sum_l2;
    }
    return true;
}

static fit fit_group(const float *x, search s)
{
    float weight[MW_K_GROUP], squares = 0, least = x[0], largest = x[0];
    for (int i = 0; i < MW_K_GROUP; i++)
        squares += x[i] * x[i];
    const float typical = sqrtf(squares / MW_K_GROUP);
    for (int i = 0; i < MW_K_GROUP; i++)
        weight[i] = typical + fabsf(x[i]);
    float sum_w = weight[0], sum_x = weight[0] * x[0];
    for (int i = 1; i < MW_K_GROUP; i++) {
        least = x[i] < least ? x[i] : least;
        largest = x[i] > largest ? x[i] : largest;
        sum_w += weight[i];
        sum_x += weight[i] * x[i];
    }
    least = least > 0 ? 0 : least;
    fit best = {.least = least};
    if (largest == least)
        return best;
    const float inverse = (float)s.most / (largest - least);
    best.scale = 1 / inverse;
    take_codes(&best, x, inverse, least, s.most);
    take_error(&best, x, weight);
    for (int step = 0; step <= s.steps; step++) {
        fit other;
        const float codes = s.first + 0.1f * (float)step + (float)s.most;
        take_codes(&other, x, codes / (largest - best.least), best.least, s.most);
        if (!regress(&other, x, weight, sum_w, sum_x))
            continue;
        take_error(&other, x, weight);
        if (other.error < best.error)
            best = other;
    }
    return best;
}

/* Six bits each; mw_k_scale is the way back. */
static void put_scale(uint8_t scales[12], size_t g, unsigned scale, unsigned minimum)
{
    if (g < 4) {
        scales[g] = (uint8_t)scale;
        scales[g + 4] = (uint8_t)minimum;
    } else {
        scales[g + 4] = (uint8_t)((scale & 15) | (minimum & 15) << 4);
        scales[g - 4] |= (uint8_t)(scale >> 4 << 6);
        scales[g] |= (uint8_t)(minimum >> 4 << 6);
    }
}

/* Where a scale or minimum is negative, which can be by rounding, its lowest byte counts. */
static unsigned six_bits(float value)
{
    const uint8_t byte = (uint8_t)nearest(value);
    return byte < 63 ? byte : 63;
}

static void with_minima(mw_dtype dtype, uint8_t *block, const float *x, size_t n, search s)
{
    for (; n >= MW_K; n -= MW_K, x += MW_K, block += mw_dtypes[dtype].block_bytes) {
        fit fits[MW_K_GROUPS];
        uint8_t codes[MW_K];
        float most_scale = 0, most_minimum = 0;
        for (size_t g = 0; g < MW_K_GROUPS; g++) {
            fits[g] = fit_group(x + g * MW_K_GROUP, s);
            most_scale = fits[g].scale > most_scale ? fits[g].scale : most_scale;
            most_minimum = -fits[g].least > most_minimum ? -fits[g].least : most_minimum;
        }
        const float per_scale = most_scale > 0 ? 63 / most_scale : 0, d = as_half(most_scale / 63);
        const float per_minimum = most_minimum > 0 ? 63 / most_minimum : 0, dmin = as_half(most_minimum / 63);
        put_half(block, d);
        put_half(block + 2, dmin);
        for (size_t g = 0; g < MW_K_GROUPS; g++)
            put_scale(block + 4, g, six_bits(per_scale * fits[g].scale), six_bits(per_minimum * -fits[g].least));
        for (size_t g = 0; g < MW_K_GROUPS; g++) {
            unsigned scale, minimum;
            mw_k_scale(block + 4, g, &scale, &minimum);
            const float step = d * (float)scale, offset = dmin * (float)minimum;
            for (size_t i = 0; i < MW_K_GROUP; i++) { /* codes for the rounded scales; any do if these are 0 */
                const float value = x[g * MW_K_GROUP + i];
                codes[g * MW_K_GROUP + i] =
                    step != 0 ? (uint8_t)clamp(nearest((value + offset) / step), 0, s.most) : fits[g].codes[i];
            }
        }
        mw_k_put_codes(dtype, block, codes);
    }
}

void mw_q4_k_of_floats(void *to, const float *from, size_t n)
{
    with_minima(MW_Q4_K, to, from, n, (search){15, 20, -1.0f});
}

void mw_q5_k_of_floats(void *to, const float *from, size_t n)
{
    with_minima(MW_Q5_K, to, from, n, (search){31, 15, -0.5f});
}

/* --- groups of 16 without one: value = scale * (code - 32) --- */

enum { SMALL = 16, HALFWAY = 32 };

/* What counts as zero: the reference's GROUP_MAX_EPS. */
static const float nothing = 1e-15f;

static void take_signed(uint8_t *codes, const float *x, float inverse)
{
    for (int i = 0; i < SMALL; i++)
        codes[i] = (uint8_t)(HALFWAY + clamp(nearest(inverse * x[i]), -HALFWAY, HALFWAY - 1));
}

/* The same for x / step, which is not always x * (1 / step). */
static void take_quotients(uint8_t *codes, const float *x, float step)
{
    for (int i = 0; i < SMALL; i++)
        codes[i] = (uint8_t)(HALFWAY + clamp(nearest(x[i] / step), -HALFWAY, HALFWAY - 1));
}

/* Fills codes and returns their scale. A value weighs as much as its square. */
static float fit_signed(const float *x, uint8_t *codes)
{
    float largest = 0, scale = 0, best = 0;
    for (int i = 0; i < SMALL; i++)
        largest = fabsf(x[i]) > fabsf(largest) ? x[i] : largest;
    memset(codes, 0, SMALL);
    if (fabsf(largest) < nothing)
        return 0;
    for (int turn = 0; turn < 19; turn++) { /* 32 codes for the largest value, then 31.1 to 32.9 without that */
        const int step = turn == 0 ? 0 : turn <= 9 ? turn - 10 : turn - 9;
        const float inverse = -((float)HALFWAY + 0.1f * (float)step) / largest;
        uint8_t others[SMALL];
        float sum_xl = 0, sum_l2 = 0;
        take_signed(others, x, inverse);
        for (int i = 0; i < SMALL; i++) {
            const float l = (float)((int)others[i] - HALFWAY), weight = x[i] * x[i];
            sum_xl += weight * x[i] * l;
            sum_l2 += weight * l * l;
        }
        if (turn == 0 || (sum_l2 > 0 && sum_xl * sum_xl > best * sum_l2)) {
            memcpy(codes, others, SMALL);
            scale = sum_l2 != 0 ? sum_xl / sum_l2 : 0;
            best = scale * sum_xl;
        }
    }
    return scale;
}

void mw_q6_k_of_floats(void *to, const float *from, size_t n)
{
    const mw_k_parts parts = mw_k_parts_of(MW_Q6_K);
    uint8_t *block = to;
    for (; n >= MW_K; n -= MW_K, from += MW_K, block += mw_dtypes[MW_Q6_K].block_bytes) {
        float scales[MW_K / SMALL], largest = 0;
        uint8_t codes[MW_K];
        for (size_t g = 0; g < MW_K / SMALL; g++) {
            scales[g] = fit_signed(from + g * SMALL, codes + g * SMALL);
            largest = fabsf(scales[g]) > fabsf(largest) ? scales[g] : largest;
        }
        if (fabsf(largest) < nothing) {
            memset(block, 0, mw_dtypes[MW_Q6_K].block_bytes);
            continue;
        }
        const float inverse = -128 / largest, d = as_half(1 / inverse);
        put_half(block + parts.halves, d);
        for (size_t g = 0; g < MW_K / SMALL; g++) {
            const int nearest_scale = nearest(inverse * scales[g]);
            const int8_t scale = (int8_t)(nearest_scale < 127 ? nearest_scale : 127);
            block[parts.scales + g] = (uint8_t)scale;
            if (d * (float)scale != 0)
                take_quotients(codes + g * SMALL, from + g * SMALL, d * (float)scale);
        }
        mw_k_put_codes(MW_Q6_K, block, codes);
    }
}
