/* Dot products of rows with one accumulator of VALUES floats, which the compiler splits into VALUES / 4 registers. */
#include <stddef.h>

typedef float vector __attribute__((vector_size(4 * VALUES), aligned(4)));

void gemv(float *y, const float *w, const float *x, size_t rows, size_t cols, size_t ld);

static inline float total(vector v)
{
    typedef float four __attribute__((vector_size(16)));
    four sum = {0};
    for (size_t i = 0; i < VALUES; i += 4)
        sum += (four){v[i], v[i + 1], v[i + 2], v[i + 3]};
    return sum[0] + sum[1] + (sum[2] + sum[3]);
}

void gemv(float *y, const float *w, const float *x, size_t rows, size_t cols, size_t ld)
{
    for (size_t i = 0; i < rows; i++) {
        const float *row = w + i * ld;
        vector sum = {0};
        for (size_t j = 0; j < cols; j += VALUES)
            sum += *(const vector *)(row + j) * *(const vector *)(x + j);
        y[i] = total(sum);
    }
}
