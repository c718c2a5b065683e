/* Sampling as llama2.c does it: the same float operations in the same order, so the same seed gives the same text.
 *
 * Top-p needs the tokens in descending order of probability, but only until their sum exceeds p: often a handful out of
 * thousands. A heap gives them one by one, in place. Tokens of equal probability come in the order of their index;
 * llama2.c leaves that order to its qsort, so there, and only there, the two may choose differently. */
#include "engine/sampler.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

typedef struct ranked {
    float probability;
    int32_t token;
} ranked;

struct mw_sampler {
    uint32_t n;
    float temperature, top_p;
    uint64_t state;
    ranked *nucleus; /* [n]; NULL when top-p is off */
};

int mw_sampler_create(uint32_t vocab_size, float temperature, float top_p, uint64_t seed, mw_sampler **out,
                      mw_error *err)
{
    *out = NULL;
    if (vocab_size < 1 || vocab_size > INT32_MAX)
        return mw_fail(err, -EINVAL, "cannot sample from %u tokens: 1 to %d are possible", vocab_size, INT32_MAX);
    if (!isfinite(temperature) || temperature < 0)
        return mw_fail(err, -EINVAL, "temperature %g: give 0 (greedy) or a positive number", (double)temperature);
    if (isnan(top_p))
        return mw_fail(err, -EINVAL, "top-p is not a number: give one between 0 and 1, or 1 for all tokens");
    if (seed == 0)
        return mw_fail(err, -EINVAL, "seed 0: the generator would only yield zeros; give any other seed");
    mw_sampler *s = calloc(1, sizeof *s);
    if (!s)
        return mw_fail(err, -ENOMEM, "not enough memory for a sampler");
    *s = (mw_sampler){.n = vocab_size, .temperature = temperature, .top_p = top_p, .state = seed};
    if (temperature > 0 && top_p > 0 && top_p < 1) {
        s->nucleus = calloc(vocab_size, sizeof *s->nucleus);
        if (!s->nucleus) {
            free(s);
            return mw_fail(err, -ENOMEM, "not enough memory to sample from %u tokens", vocab_size);
        }
    }
    *out = s;
    return 0;
}

void mw_sampler_free(mw_sampler *sampler)
{
    if (sampler)
        free(sampler->nucleus);
    free(sampler);
}

/* The largest of x[n], as an integer that sorts like the float, or INT32_MAX if one is not finite. Compilers vectorize
 * maxima of integers but not of floats, where each of 32,000 logits would wait for the previous one. */
static int32_t largest(const float *x, size_t n)
{
    enum { LARGEST_FINITE = 0x7f7fffff };
    int32_t most = INT32_MIN, bad = 0;
    for (size_t i = 0; i < n; i++) {
        const float value = x[i] + 0.0f; /* -0 becomes 0, which is equal */
        int32_t bits;
        memcpy(&bits, &value, sizeof bits);
        const int32_t size = bits & INT32_MAX, order = bits < 0 ? -size : size;
        most = order > most ? order : most;
        bad |= LARGEST_FINITE - size; /* negative beyond it */
    }
    return bad < 0 ? INT32_MAX : most;
}

int32_t mw_argmax(const float *logits, size_t n)
{
    enum { BLOCK = 1024 };
    if (n < 1 || n > INT32_MAX)
        return -EINVAL;
    size_t best = 0; /* first of the block that holds the largest */
    int32_t peak = INT32_MIN;
    for (size_t i = 0; i < n; i += BLOCK) {
        const int32_t most = largest(logits + i, n - i < BLOCK ? n - i : BLOCK);
        if (most == INT32_MAX)
            return -EDOM;
        if (most > peak) {
            peak = most;
            best = i;
        }
    }
    while (largest(logits + best, 1) != peak)
        best++;
    return (int32_t)best;
}

/* Uniform in [0, 1), 24 bits; the generator is xorshift64*. */
static float draw(uint64_t *state)
{
    uint64_t x = *state;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    *state = x;
    return (float)((x * 0x2545F4914F6CDD1DULL) >> 40) / 16777216.0f;
}

/* probabilities[n] in place of the logits, whose largest, divided by the temperature, is `peak`. */
static void softmax(float *logits, uint32_t n, float temperature, float peak)
{
    float sum = 0.0f;
    for (uint32_t i = 0; i < n; i++) {
        logits[i] = expf(logits[i] / temperature - peak);
        sum += logits[i];
    }
    for (uint32_t i = 0; i < n; i++)
        logits[i] /= sum;
}

static int32_t choose(const float *probabilities, uint32_t n, float coin)
{
    float sum = 0.0f;
    for (uint32_t i = 0; i < n; i++) {
        sum += probabilities[i];
        if (coin < sum)
            return (int32_t)i;
    }
    return (int32_t)n - 1; /* the sum was rounded below the coin */
}

static bool goes_before(ranked a, ranked b)
{
    return a.probability > b.probability || (a.probability == b.probability && a.token < b.token);
}

/* Puts `item` into the heap[n] whose root is vacant. */
static void sift(ranked *heap, uint32_t n, uint32_t root, ranked item)
{
    for (uint64_t child; (child = 2 * (uint64_t)root + 1) < n; root = (uint32_t)child) {
        if (child + 1 < n && goes_before(heap[child + 1], heap[child]))
            child++;
        if (!goes_before(heap[child], item))
            break;
        heap[root] = heap[child];
    }
    heap[root] = item;
}

/* Chooses from the smallest set of most likely tokens whose sum exceeds top_p. `best` is the most likely of all. */
static int32_t choose_nucleus(mw_sampler *s, const float *probabilities, int32_t best, float coin)
{
    /* A token below the mean of what may be left out cannot be needed. With a top_p under 1/n this may exclude every
     * token, and with one token the mean does not exist: then the nucleus is the best token alone. */
    const float cutoff = (1.0f - s->top_p) / (float)(s->n - 1);
    ranked *heap = s->nucleus;
    uint32_t count = 0;
    for (uint32_t i = 0; i < s->n; i++)
        if (probabilities[i] >= cutoff)
            heap[count++] = (ranked){probabilities[i], (int32_t)i};
    if (count == 0)
        return best;
    for (uint32_t i = count / 2; i-- > 0;)
        sift(heap, count, i, heap[i]);

    /* Each token taken from the top of the heap is stored in the slot freed at the end of the heap. */
    float sum = 0.0f;
    uint32_t left = count;
    while (left > 0 && !(sum > s->top_p)) {
        ranked top = heap[0], last = heap[--left];
        sift(heap, left, 0, last);
        heap[left] = top;
        sum += top.probability;
    }
    float target = coin * sum, passed = 0.0f;
    for (uint32_t i = count; i-- > left;) {
        passed += heap[i].probability;
        if (target < passed)
            return heap[i].token;
    }
    return heap[left].token; /* rounding */
}

int32_t mw_sampler_next(mw_sampler *sampler, float *logits)
{
    int32_t best = mw_argmax(logits, sampler->n);
    if (best < 0 || sampler->temperature == 0.0f)
        return best;
    float coin = draw(&sampler->state);
    float peak = logits[best] / sampler->temperature;
    if (!isfinite(peak))
        return best; /* a temperature so low that the quotient overflows: the limit is greedy */
    softmax(logits, sampler->n, sampler->temperature, peak);
    return sampler->nucleus ? choose_nucleus(sampler, logits, best, coin) : choose(logits, sampler->n, coin);
}
