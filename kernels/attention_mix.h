/* The weighted sum of values for heads of a size that no kernel has registers for. */
#ifndef MW_KERNELS_ATTENTION_MIX_H
#define MW_KERNELS_ATTENTION_MIX_H

#include <stddef.h>

/* out[size] = sum of weights[p] values[p][size] over `seen` positions, divided by `total`; sums live in the first
 * cache. Pointers are not `restrict`: a compiler that knew more would take two rows side by side. */
static inline void mix_any(float *out, const float *weights, const float *values, size_t seen, size_t size, float total)
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

#endif
