/* The sampler against token sequences recorded from llama2.c, and where llama2.c leaves the result open, against what
 * sampler.h promises. */
#include "bench/stats/random.h"
#include "engine/sampler.h"
#include "tests/tap.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS = 12, LARGEST = 32000 };

/* What llama2.c's sample() chose from the logits of fill(), one step after the other. */
static const struct recorded {
    uint32_t n;
    float temperature, top_p;
    uint64_t seed;
    int32_t tokens[STEPS];
} recordings[] = {
    {512, 0.0f, 0.9f, 1, {259, 67, 200, 204, 244, 346, 227, 241, 440, 409, 163, 505}},
    {512, 1.0f, 0.9f, 1, {44, 115, 483, 287, 49, 130, 412, 322, 50, 312, 176, 243}},
    {512, 1.0f, 0.9f, 2, {324, 293, 476, 59, 49, 93, 397, 85, 26, 472, 220, 505}},
    {512, 0.8f, 0.9f, 1234567890123, {215, 244, 201, 185, 276, 414, 151, 463, 505, 267, 220, 244}},
    {512, 1.0f, 1.0f, 1, {108, 347, 416, 174, 49, 346, 369, 313, 187, 393, 264, 96}},
    {512, 1.5f, 0.0f, 7, {397, 488, 65, 53, 209, 189, 397, 57, 201, 408, 344, 331}},
    {512, 0.25f, 0.5f, 42, {299, 213, 304, 192, 381, 96, 227, 275, 75, 235, 134, 223}},
    {512, 3.0f, 0.99f, 42, {321, 422, 498, 212, 353, 367, 407, 206, 26, 228, 508, 211}},
    {32000, 1.0f, 0.9f, 99, {29620, 9983, 12888, 18584, 27981, 14063, 24612, 29896, 17471, 8484, 10731, 20757}},
    {32000, 1.25f, 1.0f, 5, {8297, 18603, 17315, 14775, 4266, 9470, 3032, 6361, 21263, 28929, 23388, 4845}},
    {3, 1.0f, 0.6f, 3, {0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0}},
};

/* Logits between -8 and 8 that are the same on every machine: integers, scaled by a power of two. */
static void fill(float *logits, uint32_t n, uint32_t step)
{
    for (uint32_t i = 0; i < n; i++) {
        uint64_t h = ((uint64_t)step << 32 | i) + 0x9E3779B97F4A7C15ULL;
        h = (h ^ h >> 30) * 0xBF58476D1CE4E5B9ULL;
        h = (h ^ h >> 27) * 0x94D049BB133111EBULL;
        h ^= h >> 31;
        logits[i] = (float)((int32_t)(h >> 40) - (1 << 23)) / (1 << 20);
    }
}

static void check_recordings(void)
{
    static float logits[LARGEST];
    for (size_t i = 0; i < sizeof recordings / sizeof *recordings; i++) {
        const struct recorded *r = &recordings[i];
        mw_error err;
        mw_sampler *s;
        bool same = mw_sampler_create(r->n, r->temperature, r->top_p, r->seed, &s, &err) == 0;
        for (uint32_t step = 0; same && step < STEPS; step++) {
            fill(logits, r->n, step);
            int32_t got = mw_sampler_next(s, logits);
            same = got == r->tokens[step];
            if (!same)
                tap_note("step %u: token %d, llama2.c took %d", step, got, r->tokens[step]);
        }
        mw_sampler_free(s);
        tap_ok(same, "as llama2.c: %u tokens, temperature %g, top-p %g, seed %llu", r->n, (double)r->temperature,
               (double)r->top_p, (unsigned long long)r->seed);
    }
}

/* One token from `logits`, which stay as they are. */
static int32_t once(const float *logits, uint32_t n, float temperature, float top_p, uint64_t seed)
{
    float copy[16];
    mw_sampler *s;
    if (mw_sampler_create(n, temperature, top_p, seed, &s, NULL))
        return INT32_MIN;
    memcpy(copy, logits, n * sizeof *logits);
    int32_t token = mw_sampler_next(s, copy);
    mw_sampler_free(s);
    return token;
}

static void check_greedy(void)
{
    const float ties[] = {-1, 3, 2, 3, 3}, negative[] = {-9, -7, -8}, zeros[] = {-0.0f, 0.0f}, one[] = {-4};
    tap_ok(mw_argmax(ties, 5) == 1, "the first of equal logits wins");
    tap_ok(mw_argmax(negative, 3) == 1, "all logits negative");
    tap_ok(mw_argmax(zeros, 2) == 0, "-0 and 0 are equal");
    tap_ok(mw_argmax(one, 1) == 0, "a single logit");
    tap_ok(mw_argmax(ties, 0) == -EINVAL, "no logits at all");
    tap_ok(once(ties, 5, 0, 0.9f, 1) == 1 && once(ties, 5, 0, 0.9f, 2) == 1, "temperature 0 takes the first of equals");
    tap_ok(once(ties, 5, 1e-40f, 0.9f, 1) == 1 && once(ties, 5, 1e-40f, 1, 1) == 1 &&
               once(negative, 3, 1e-40f, 1, 1) == 1,
           "a temperature that overflows the quotient is greedy");
}

/* Against one plain loop, over many lengths: the largest, equals, and a bad one, at random places. */
static void check_long_argmax(void)
{
    enum { MOST = 2100 };
    static float logits[MOST];
    uint64_t random = 7;
    bool found = true, refused = true;
    for (size_t n = 1; n <= MOST; n += 1 + n / 16) {
        for (int round = 0; round < 20; round++) {
            size_t best = 0;
            for (size_t i = 0; i < n; i++) { /* few values, so that there are equals */
                logits[i] = (float)(mw_draw(&random) % (2 + n / 4)) - (float)n;
                best = logits[i] > logits[best] ? i : best;
            }
            found &= mw_argmax(logits, n) == (int32_t)best;
            logits[mw_draw(&random) % n] = round % 3 == 0 ? NAN : round % 3 == 1 ? INFINITY : -INFINITY;
            refused &= mw_argmax(logits, n) == -EDOM;
        }
    }
    tap_ok(found, "the first of the largest of up to %d logits", MOST);
    tap_ok(refused, "one that is not finite among as many is -EDOM");
}

static void check_bad_logits(void)
{
    const float bad[] = {NAN, INFINITY, -INFINITY};
    const char *names[] = {"NaN", "Inf", "-Inf"};
    for (int b = 0; b < 3; b++) {
        bool refused = true;
        for (uint32_t at = 0; at < 5; at++) {
            float logits[5] = {1, 2, 3, 4, 5};
            logits[at] = bad[b];
            refused &= mw_argmax(logits, 5) == -EDOM && once(logits, 5, 0, 0.9f, 1) == -EDOM &&
                       once(logits, 5, 1, 0.9f, 1) == -EDOM && once(logits, 5, 1, 1, 1) == -EDOM;
        }
        tap_ok(refused, "%s at any place is -EDOM, for every way of sampling", names[b]);
    }
    const float extreme[] = {3e38f, -3e38f, 3.1e38f};
    tap_ok(once(extreme, 3, 1, 0.9f, 1) == 2 && once(extreme, 3, 0.5f, 1, 1) == 2, "huge finite logits are sampled");
}

static void check_arguments(void)
{
    const struct {
        uint32_t n;
        float temperature, top_p;
        uint64_t seed;
        const char *say;
    } refused[] = {
        {0, 1, 0.9f, 1, "cannot sample from 0 tokens"},
        {UINT32_MAX, 1, 0.9f, 1, "cannot sample from 4294967295"},
        {8, -1, 0.9f, 1, "temperature -1"},
        {8, NAN, 0.9f, 1, "temperature"},
        {8, INFINITY, 0.9f, 1, "temperature inf"},
        {8, 1, NAN, 1, "top-p is not a number"},
        {8, 1, 0.9f, 0, "seed 0"},
        {8, 0, 0.9f, 0, "seed 0"},
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        mw_error err = {""};
        mw_sampler *s = (mw_sampler *)&err;
        int code = mw_sampler_create(refused[i].n, refused[i].temperature, refused[i].top_p, refused[i].seed, &s, &err);
        if (!tap_ok(code == -EINVAL && !s && strstr(err.text, refused[i].say), "refused: %s", refused[i].say))
            tap_note("%d, %s", code, err.text);
    }
    mw_sampler_free(NULL);
}

/* How often each of n tokens is drawn. */
static void count_draws(const float *logits, uint32_t n, float top_p, int draws, int *counts)
{
    float copy[16];
    mw_sampler *s;
    memset(counts, 0, n * sizeof *counts);
    if (mw_sampler_create(n, 1, top_p, 20240229, &s, NULL))
        return;
    for (int i = 0; i < draws; i++) {
        memcpy(copy, logits, n * sizeof *logits);
        int32_t token = mw_sampler_next(s, copy);
        if (token >= 0 && (uint32_t)token < n)
            counts[token]++;
    }
    mw_sampler_free(s);
}

/* Chi-squared against the weights exp(logit) of the tokens in `allowed`; no other token may be drawn. The seed is
 * fixed, so this either always passes or never. 16.27 is the 99.9 % quantile for three degrees of freedom, which is
 * generous for fewer. */
static bool fits(const float *logits, uint32_t n, float top_p, unsigned allowed)
{
    enum { DRAWS = 100000 };
    int counts[16];
    count_draws(logits, n, top_p, DRAWS, counts);
    double sum = 0, chi = 0;
    for (uint32_t i = 0; i < n; i++)
        sum += allowed >> i & 1 ? exp((double)logits[i]) : 0;
    for (uint32_t i = 0; i < n; i++) {
        double expected = DRAWS * exp((double)logits[i]) / sum, d = counts[i] - expected;
        if (allowed >> i & 1)
            chi += d * d / expected;
        else if (counts[i])
            return false;
    }
    return chi < 16.27;
}

static void check_distribution(void)
{
    /* Probabilities 0.032, 0.644, 0.087, 0.237. */
    const float logits[] = {0, 3, 1, 2}, equal[8] = {0}, close[] = {0, 0.1f, 0.05f};
    tap_ok(fits(logits, 4, 1, 0xF), "the whole distribution");
    tap_ok(fits(logits, 4, 0, 0xF), "top-p 0 is the whole distribution");
    tap_ok(fits(logits, 4, -3, 0xF) && fits(logits, 4, 7, 0xF), "so is a top-p outside of (0, 1)");
    tap_ok(fits(logits, 4, 0.999f, 0xF), "top-p 0.999 keeps all four");
    tap_ok(fits(logits, 4, 0.9f, 0xE), "top-p 0.9 drops the least likely");
    tap_ok(fits(logits, 4, 0.7f, 0xA), "top-p 0.7 keeps two");
    tap_ok(fits(logits, 4, 0.5f, 0x2), "top-p 0.5 keeps one");
    tap_ok(fits(equal, 8, 0.3f, 0x7), "of equal tokens the lowest indices form the nucleus");
    tap_ok(fits(equal, 8, 0.05f, 0x1) && fits(close, 3, 0.1f, 0x2), "a cutoff above all leaves the first of the best");
    tap_ok(fits(logits, 1, 0.9f, 0x1) && fits(logits, 1, 1, 0x1), "a vocabulary of one token");
}

int main(void)
{
    check_recordings();
    check_greedy();
    check_long_argmax();
    check_bad_logits();
    check_arguments();
    check_distribution();
    return tap_done();
}
