#include "engine/synthetic_stream.h"

/* xorshift64* (Vigna, "An experimental exploration of Marsaglia's xorshift generators, scrambled", 2016). The step of
 * its state consists of shifts and exclusive ors, so it is linear over bits. */
static uint64_t step(uint64_t x)
{
    x ^= x >> 12;
    x ^= x << 25;
    return x ^ x >> 27;
}

/* Applies to x a linear map that is given by the image of each bit. */
static uint64_t apply(const uint64_t map[64], uint64_t x)
{
    uint64_t y = 0;
    for (int bit = 0; bit < 64; bit++)
        y ^= map[bit] & -(x >> bit & 1);
    return y;
}

/* Jumping ahead by powers of the step (Haramoto, Matsumoto, Nishimura, Panneton and L'Ecuyer, "Efficient jump ahead for
 * F2-linear random number generators", 2008): each map is the one before it, twice. */
void mw_stream_open(uint64_t seed, mw_weight_stream *s)
{
    s->start = seed * 0x9e3779b97f4a7c15ull + 1;
    for (int bit = 0; bit < 64; bit++)
        s->jump[0][bit] = step(1ull << bit);
    for (int k = 1; k < MW_STREAM_BITS; k++)
        for (int bit = 0; bit < 64; bit++)
            s->jump[k][bit] = apply(s->jump[k - 1], s->jump[k - 1][bit]);
}

uint64_t mw_stream_state(const mw_weight_stream *s, uint64_t index)
{
    uint64_t x = s->start;
    for (int k = 0; k < MW_STREAM_BITS; k++)
        if (index >> k & 1)
            x = apply(s->jump[k], x);
    return x;
}

uint64_t mw_stream_next(uint64_t *state)
{
    *state = step(*state);
    return *state * 0x2545f4914f6cdd1dull;
}

/* 24 random bits scaled by a power of two are exact, so the smallest weight that is not zero is deviation * 2^-23. */
void mw_stream_values(uint64_t *state, float *to, size_t n, float mean, float deviation)
{
    const float scale = deviation * 1.7320508f / 8388608.0f;
    uint64_t x = *state;
    for (size_t i = 0; i < n; i++) {
        const uint32_t random = (uint32_t)(mw_stream_next(&x) >> 32);
        to[i] = mean + scale * (float)((int32_t)(random >> 8) - 8388608);
    }
    *state = x;
}
