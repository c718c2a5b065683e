/* Dot products of rows with one accumulator of VALUES values, which the compiler splits into registers of 16 bytes.
 * Weights and activations are of type VALUE. */
#include <stddef.h>

typedef VALUE vector __attribute__((vector_size(sizeof(VALUE) * VALUES), aligned(sizeof(VALUE))));

void gemv(float *y, const VALUE *w, const VALUE *x, size_t rows, size_t cols, size_t ld);

static inline float total(vector v)
{
    typedef VALUE part __attribute__((vector_size(16)));
    enum { EACH = sizeof(part) / sizeof(VALUE) };
    union {
        vector all;
        part parts[VALUES / EACH];
    } of = {v};
    float sum = 0;
    for (size_t i = 1; i < VALUES / EACH; i++)
        of.parts[0] += of.parts[i];
    for (size_t i = 0; i < EACH; i++)
        sum += (float)of.parts[0][i];
    return sum;
}

void gemv(float *y, const VALUE *w, const VALUE *x, size_t rows, size_t cols, size_t ld)
{
    for (size_t i = 0; i < rows; i++) {
        const VALUE *row = w + i * ld;
        vector sum = {0};
        for (size_t j = 0; j < cols; j += VALUES)
            sum += *(const vector *)(row + j) * *(const vector *)(x + j);
        y[i] = total(sum);
    }
}
