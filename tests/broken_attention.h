/* Attentions with one mistake each. tests/broken_kernels.h lists them. */
#ifndef MW_TESTS_BROKEN_ATTENTION_H
#define MW_TESTS_BROKEN_ATTENTION_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The two halves of attention: scores, of which it returns the largest, */
static float attend(float *scores, const float *q, const float *keys, size_t seen, size_t size)
{
    float most = -INFINITY;
    for (size_t p = 0; p < seen; p++) {
        scores[p] = 0;
        for (size_t i = 0; i < size; i++)
            scores[p] += q[i] * keys[p * size + i];
        most = fmaxf(most, scores[p]);
    }
    return most;
}

/* and the mean of values. A right kernel says `most` and 1 / sqrt(size), and has no weights before the first. */
static void average(float *out, const float *scores, const float *values, size_t seen, size_t size, float most,
                    float scale, float total)
{
    for (size_t i = 0; i < size; i++)
        out[i] = 0;
    for (size_t p = 0; p < seen; p++) {
        const float weight = expf((scores[p] - most) * scale);
        total += weight;
        for (size_t i = 0; i < size; i++)
            out[i] += weight * values[p * size + i];
    }
    for (size_t i = 0; i < size; i++)
        out[i] /= total;
}

static float scale_of(size_t size)
{
    return 1 / sqrtf((float)size);
}

static void right_attention(float *out, const float *q, const float *keys, const float *values, float *scores,
                            size_t seen, size_t size)
{
    const float most = attend(scores, q, keys, seen, size);
    average(out, scores, values, seen, size, most, scale_of(size), 0);
}

#define ATTENTION(name) \
    static void name(float *out, const float *q, const float *keys, const float *values, float *scores, size_t seen, \
                     size_t size)

ATTENTION(without_max)
{
    (void)attend(scores, q, keys, seen, size);
    average(out, scores, values, seen, size, 0, scale_of(size), 0);
}

ATTENTION(starts_max_at_zero) /* all weights vanish if scores are far below */
{
    const float most = fmaxf(0, attend(scores, q, keys, seen, size));
    average(out, scores, values, seen, size, most, scale_of(size), 0);
}

ATTENTION(counts_padding) /* a lane after the last position has a weight */
{
    const float most = attend(scores, q, keys, seen, size);
    average(out, scores, values, seen, size, most, scale_of(size), seen % 4 ? 1 : 0);
}

ATTENTION(forgets_scale)
{
    const float most = attend(scores, q, keys, seen, size);
    average(out, scores, values, seen, size, most, 1, 0);
}

ATTENTION(forgets_last_position)
{
    right_attention(out, q, keys, values, scores, seen > 1 ? seen - 1 : 1, size);
}

ATTENTION(drops_odd_positions) /* works in eights and forgets what is left */
{
    right_attention(out, q, keys, values, scores, seen > 8 ? seen / 8 * 8 : seen, size);
}

ATTENTION(looks_ahead) /* at the position after the last */
{
    right_attention(out, q, keys, values, scores, seen, size);
    (void)((const volatile float *)keys)[seen * size];
}

ATTENTION(reads_past_values)
{
    right_attention(out, q, keys, values, scores, seen, size);
    (void)((const volatile float *)values)[seen * size];
}

ATTENTION(drops_last_dimension) /* of q . k */
{
    float shorter[256];
    memcpy(shorter, q, size * sizeof *q);
    shorter[size - 1] = 0;
    right_attention(out, shorter, keys, values, scores, seen, size);
}

ATTENTION(skips_last_output)
{
    const float last = out[size - 1];
    right_attention(out, q, keys, values, scores, seen, size);
    out[size - 1] = last;
}

ATTENTION(writes_past_scores)
{
    right_attention(out, q, keys, values, scores, seen, size);
    ((volatile float *)scores)[(seen + 15) / 16 * 16] = 0;
}

ATTENTION(trusts_old_scores) /* adds to what the scratch holds */
{
    for (size_t p = 0; p < seen; p++)
        for (size_t i = 0; i < size; i++)
            scores[p] += q[i] * keys[p * size + i];
    float total = 0;
    for (size_t p = 0; p < seen; p++)
        total += scores[p];
    right_attention(out, q, keys, values, scores, seen, size);
    out[0] += 0 * total;
}

ATTENTION(writes_to_keys)
{
    right_attention(out, q, keys, values, scores, seen, size);
    *(volatile float *)(uintptr_t)(keys + seen * size - 1) *= 2;
}

#endif
