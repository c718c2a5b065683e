/* The contents of operands. */
#include "bench/check/check_parts.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* A signalling NaN: arithmetic never returns one, it would be quieted. */
static const uint32_t canary = 0x7fa5a5a5u;

void mw_canaries(float *floats, size_t n)
{
    for (size_t i = 0; i < n; i++)
        memcpy(&floats[i], &canary, sizeof canary);
}

size_t mw_canaries_kept(const float *floats, size_t n)
{
    size_t i = 0;
    while (i < n && memcmp(&floats[i], &canary, sizeof canary) == 0)
        i++;
    return i;
}

const char *mw_data_name(mw_data data)
{
    static const char *const names[MW_DATA_COUNT] = {"integer",    "one-hot", "normal", "extreme",
                                                     "cancelling", "zero",    "tiny",   "nonfinite"};
    return names[data];
}

/* Uniform in (-1, 1), an odd multiple of 2^-23 and so never 0: a term of 0 could be dropped unseen. */
static float uniform(uint64_t *state)
{
    return (float)((int32_t)(mw_draw(state) >> 41) * 2 + 1 - (1 << 23)) * 0x1p-23f;
}

void mw_fill(float *v, size_t n, mw_data data, bool right, size_t terms, uint64_t *state)
{
    const uint64_t most = (uint64_t)fmin(sqrt(((1 << 24) - 1) / (double)terms), 2047);
    for (size_t i = 0; i < n; i++)
        switch (data) {
        case MW_DATA_INTEGER: {
            uint64_t r = mw_draw(state);
            v[i] = copysignf((float)(1 + (r >> 1) % most), r & 1 ? -1 : 1);
            break;
        }
        case MW_DATA_EXTREME:
        case MW_DATA_ONE_HOT: {
            float mantissa = uniform(state);
            v[i] = ldexpf(mantissa + copysignf(1, mantissa), (int)(mw_draw(state) % 151) - 100);
            break;
        }
        case MW_DATA_CANCELLING: { /* the partner stands half a row away, so that partial sums grow first */
            size_t half = n / 2;
            if (i < half || i == 2 * half)
                v[i] = uniform(state);
            else
                v[i] = right ? v[i - half] : -v[i - half] * (1 - 0x1p-20f);
            break;
        }
        case MW_DATA_ZERO: v[i] = 0; break;
        case MW_DATA_TINY: /* even places: two small factors; odd places: a denormal and an ordinary one */
            if (i % 2)
                v[i] = right ? 4 * uniform(state) : (float)(1 + mw_draw(state) % 1000) * FLT_TRUE_MIN;
            else
                v[i] = uniform(state) * (right ? 0x1p-60f : 0x1p-70f);
            break;
        default: v[i] = uniform(state);
        }
}

void mw_spoil(float *v, size_t n, uint64_t *state)
{
    static const float bad[] = {INFINITY, -INFINITY, NAN};
    uint64_t r = mw_draw(state);
    v[(r >> 8) % n] = bad[r % 3];
}

size_t mw_place(int k, size_t n, uint64_t *state)
{
    const size_t first[] = {0, n - 1, 1, n - 2, n / 2};
    if (n <= MW_PLACES)
        return (size_t)k % n;
    return (size_t)k < sizeof first / sizeof *first ? first[k] % n : mw_draw(state) % n;
}

double mw_dot(const float *a, const float *b, size_t n, double *size)
{
    double sum = 0;
    *size = 0;
    for (size_t i = 0; i < n; i++) {
        const double term = (double)a[i] * b[i];
        sum += term;
        *size += fabs(term);
    }
    return sum;
}
