/* The dtypes: 16-bit floats against their definition for every bit pattern, block formats against a quantizer that is
 * written another way, and what quantizing may cost. */
#include "bench/stats/random.h"
#include "kernels/dtype.h"
#include "tests/tap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The value of a 16-bit float with so many exponent bits, by its definition. */
static double by_definition(unsigned bits, int exponent_bits)
{
    const int mantissa_bits = 15 - exponent_bits, bias = (1 << (exponent_bits - 1)) - 1;
    const int exponent = (int)(bits >> mantissa_bits & ((1u << exponent_bits) - 1));
    const double mantissa = ldexp(bits & ((1u << mantissa_bits) - 1), -mantissa_bits), sign = bits >> 15 ? -1 : 1;
    if (exponent == (1 << exponent_bits) - 1)
        return mantissa > 0 ? NAN : sign * INFINITY;
    return exponent ? sign * ldexp(1 + mantissa, exponent - bias) : sign * ldexp(mantissa, 1 - bias);
}

static bool same(double a, double b)
{
    return isnan(a) ? isnan(b) : a == b && signbit(a) == signbit(b);
}

/* Every pattern is its value, comes back unchanged, and so does what lies within half a step of it. */
static void check_16_bits(const char *name, int exponent_bits, float (*widen)(uint16_t), uint16_t (*narrow)(float))
{
    unsigned values = 0, back = 0, nearest = 0, ties = 0;
    const unsigned largest = (1u << 15) - 1 - ((1u << (15 - exponent_bits)) - 1) - 1; /* the largest finite one */
    for (unsigned bits = 0; bits <= 0xffff; bits++) {
        const float value = widen((uint16_t)bits);
        values += same(value, by_definition(bits, exponent_bits));
        back += isnan(value) ? isnan(widen(narrow(value))) != 0 : narrow(value) == bits;
        if ((bits & 0x7fff) >= largest)
            continue;
        const double next = by_definition(bits + 1, exponent_bits), step = next - value, middle = value + step / 2;
        nearest += narrow((float)(value + step * 0.49)) == bits && narrow((float)(value + step * 0.51)) == bits + 1;
        ties += narrow((float)middle) == (bits % 2 ? bits + 1 : bits);
    }
    tap_ok(values == 0x10000, "%s: %u of 65536 patterns have their value", name, values);
    tap_ok(back == 0x10000, "%s: %u of 65536 come back", name, back);
    tap_ok(nearest == 2 * largest && ties == 2 * largest, "%s: to nearest (%u), ties to even (%u), of %u", name,
           nearest, ties, 2 * largest);
    tap_ok(isinf(widen(narrow(3.4e38f))) && isinf(widen(narrow(INFINITY))) && widen(narrow(-1e-45f)) == 0 &&
               signbit(widen(narrow(-1e-45f))),
           "%s: too large is infinite, too small is zero, with its sign", name);
}

enum { N = 32 * 200 };

static void make_up(float *x, uint64_t *seed)
{
    for (size_t i = 0; i < N; i++) { /* blocks of many sizes (of none the scale is subnormal), one of zeros */
        const double u = (double)(mw_draw(seed) >> 11) * 0x1p-53 * 2 - 1;
        x[i] = i / 32 == 7 ? 0 : (float)ldexp(u, (int)(i / 32 % 20) - 4);
    }
    x[32 * 9 + 5] = -20000; /* a largest value that is negative */
}

/* One block of q8_0: the code of v is the integer nearest to v / scale, halves away from zero. */
static bool q8_0_is_right(const uint8_t *block, const float *x)
{
    float most = 0;
    for (int j = 0; j < 32; j++)
        most = fabsf(x[j]) > most ? fabsf(x[j]) : most;
    const float scale = most / 127.0f;
    bool good = (block[0] | block[1] << 8) == mw_f16_of_float(scale);
    for (int j = 0; j < 32; j++)
        good &= (int8_t)block[2 + j] == (most > 0 ? (int)lroundf(x[j] * (1.0f / scale)) : 0);
    return good;
}

/* One block of q4_0: code c of v is the largest integer not above v / scale + 8.5, at most 15. */
static bool q4_0_is_right(const uint8_t *block, const float *x)
{
    int most = 0;
    for (int j = 1; j < 32; j++)
        most = fabsf(x[j]) > fabsf(x[most]) ? j : most;
    const float scale = x[most] * -0.125f;
    bool good = (block[0] | block[1] << 8) == mw_f16_of_float(scale);
    for (int j = 0; j < 32; j++) {
        const int code = j < 16 ? block[2 + j] & 15 : block[2 + j - 16] >> 4;
        const float wanted = scale != 0 ? floorf(x[j] * (1.0f / scale) + 8.5f) : 8;
        good &= code == (wanted > 15 ? 15 : (int)wanted);
    }
    return good;
}

/* The largest magnitude in a block, or the smallest normal f16. */
static double largest(const float *block)
{
    double most = 0x1p-14;
    for (size_t j = 0; j < 32; j++)
        most = fabs(block[j]) > most ? fabs(block[j]) : most;
    return most;
}

/* Half a step of the coarsest block is the most that a value may move; what was stored once stays as it is. */
static void check_rounding(mw_dtype d, const float *x, double step_of_most)
{
    static float there[N], again[N];
    static uint8_t stored[4 * N], twice[4 * N];
    const mw_dtype_info *t = &mw_dtypes[d];
    t->of_floats(stored, x, N);
    t->to_floats(there, stored, N);
    t->of_floats(twice, there, N);
    t->to_floats(again, twice, N);
    double worst = 0;
    for (size_t i = 0; i < N; i++) {
        const double moved = fabs((double)there[i] - (double)x[i]) / largest(x + i / 32 * 32);
        worst = moved > worst ? moved : worst;
    }
    tap_ok(worst <= step_of_most * 1.001, "%s: rounds by %.4f of a block's largest value, at most %.4f", t->name, worst,
           step_of_most);
    tap_ok(memcmp(there, again, sizeof there) == 0, "%s: stored values are stored again without loss", t->name);
}

static void check_blocks(void)
{
    static float x[N];
    static uint8_t q8[34 * N / 32], q4[18 * N / 32];
    uint64_t seed = 7;
    make_up(x, &seed);
    mw_dtypes[MW_Q8_0].of_floats(q8, x, N);
    mw_dtypes[MW_Q4_0].of_floats(q4, x, N);
    unsigned good8 = 0, good4 = 0;
    for (size_t b = 0; b < N / 32; b++) {
        good8 += q8_0_is_right(q8 + 34 * b, x + 32 * b);
        good4 += q4_0_is_right(q4 + 18 * b, x + 32 * b);
    }
    tap_ok(good8 == N / 32 && good4 == N / 32, "codes and scales of q8_0 (%u) and q4_0 (%u) in %d blocks", good8, good4,
           N / 32);
    check_rounding(MW_F32, x, 0);
    check_rounding(MW_F16, x, 0x1p-11);
    check_rounding(MW_BF16, x, 0x1p-8);
    check_rounding(MW_Q8_0, x, 0.5 / 127 + 0x1p-11);
    check_rounding(MW_Q4_0, x, 1.0 / 8 + 0x1p-11); /* the far end of the codes: 15 for what would be 16 */
}

static void check_table(void)
{
    mw_dtype found;
    bool good = true;
    for (int d = 0; d < MW_DTYPE_COUNT; d++)
        good &= mw_dtype_named(mw_dtypes[d].name, &found) && (int)found == d;
    tap_ok(good && !mw_dtype_named("q4_K_M", &found) && !mw_dtype_named("", &found), "names");
    tap_ok(mw_dtype_bytes(MW_Q8_0, 768) == 24 * 34 && mw_dtype_bytes(MW_Q4_0, 64) == 36 &&
               mw_dtype_bytes(MW_BF16, 3) == 6,
           "bytes");
}

int main(void)
{
    check_table();
    check_16_bits("f16", 5, mw_float_of_f16, mw_f16_of_float);
    check_16_bits("bf16", 8, mw_float_of_bf16, mw_bf16_of_float);
    check_blocks();
    return tap_done();
}
