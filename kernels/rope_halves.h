/* Rotary position embedding in vectors of any width (vector.h), the pairing of Hugging Face's rotate_half: the halves
 * of a head hold the pairs, so that nothing is shuffled. Included by the file of each width. */
#ifndef MW_KERNELS_ROPE_HALVES_H
#define MW_KERNELS_ROPE_HALVES_H

static void rope(float *v, const float *cos_sin, size_t heads, size_t head_size)
{
    const size_t half = head_size / 2;
    for (size_t h = 0; h < heads; h++, v += head_size) {
        size_t i = 0;
        for (; i + V <= half; i += V) {
            const vector v0 = vector_load(v + i), v1 = vector_load(v + i + half);
            const vector c = vector_load(cos_sin + i), s = vector_load(cos_sin + i + half);
            vector_store(v + i, vector_sub(vector_mul(v0, c), vector_mul(v1, s)));
            vector_store(v + i + half, vector_fma(v0, s, vector_mul(v1, c)));
        }
        for (; i < half; i++) {
            const float c = cos_sin[i], s = cos_sin[i + half], v0 = v[i], v1 = v[i + half];
            v[i] = v0 * c - v1 * s;
            v[i + half] = v0 * s + v1 * c;
        }
    }
}

#endif
