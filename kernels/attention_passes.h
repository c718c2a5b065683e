/* Attention of one head in vectors of any width (vector.h), in three passes: scores, V positions at a time; their
 * exponentials; and the sum of the values by these weights, which stays in registers over all positions. Keys and
 * values are read strictly forward: rows read side by side, a vector of each in turn, come from memory at two thirds of
 * that speed.
 *
 * Included by the file of each width, after its scores_of() and a name for its exponential, vector_exp(). */
#ifndef MW_KERNELS_ATTENTION_PASSES_H
#define MW_KERNELS_ATTENTION_PASSES_H

#include <math.h>
#include <stddef.h>

/* out = sum of weights[p] values[p] over all positions, divided by `total`, for heads of `vectors` vectors. That is a
 * constant where this is inlined: the sums must live in registers. */
static inline __attribute__((always_inline)) void mix(float *out, const float *weights, const float *values,
                                                      size_t seen, float total, size_t vectors)
{
    vector acc[64 / V];
    for (size_t v = 0; v < vectors; v++)
        acc[v] = vector_mul(vector_all(weights[0]), vector_load(values + V * v));
    for (size_t p = 1; p < seen; p++) {
        values += V * vectors;
        for (size_t v = 0; v < vectors; v++)
            acc[v] = vector_fma(vector_all(weights[p]), vector_load(values + V * v), acc[v]);
    }
    for (size_t v = 0; v < vectors; v++)
        vector_store(out + V * v, vector_div(acc[v], vector_all(total)));
}

/* The same for heads of a size that has no registers here; sums live in the first cache. Pointers are not `restrict`:
 * with it a compiler would read two rows side by side. */
static void mix_any(float *out, const float *weights, const float *values, size_t seen, float total, size_t size)
{
    for (size_t i = 0; i < size; i++)
        out[i] = weights[0] * values[i];
    for (size_t p = 1; p < seen; p++) {
        const float weight = weights[p], *row = values + p * size;
        for (size_t i = 0; i < size; i++)
            out[i] = out[i] + weight * row[i];
    }
    for (size_t i = 0; i < size; i++)
        out[i] /= total;
}

static void attention(float *out, const float *q, const float *keys, const float *values, float *scores, size_t seen,
                      size_t size)
{
    const vector scale = vector_all(1.0f / sqrtf((float)size));
    vector most = vector_all(-INFINITY), sums = vector_zero();
    size_t p = 0;
    for (; p + V <= seen; p += V) {
        const vector s = scores_of(q, keys + p * size, size, size);
        vector_store(scores + p, s);
        most = vector_max(s, most);
    }
    if (p < seen) /* weights of 0 for what is left of the last vector */
        vector_store(scores + p, vector_all(-INFINITY));
    for (; p < seen; p++) { /* V times the same key */
        const vector s = scores_of(q, keys + p * size, 0, size);
        scores[p] = vector_first(s);
        most = vector_max(s, most);
    }
    most = vector_all(vector_most(most));
    for (p = 0; p < seen; p += V) {
        const vector e = vector_exp(vector_mul(vector_sub(vector_load(scores + p), most), scale));
        vector_store(scores + p, e);
        sums = vector_add(sums, e);
    }
    const float total = vector_sum(sums);
    switch (size) { /* those of the models at hand */
    case 48: mix(out, scores, values, seen, total, 48 / V); return;
    case 64: mix(out, scores, values, seen, total, 64 / V); return;
    default: mix_any(out, scores, values, seen, total, size);
    }
}

#endif
