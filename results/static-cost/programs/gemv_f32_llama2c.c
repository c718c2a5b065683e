/* llama2.c: one sum for each row, and `int` indices. How many chains of additions become of it depends on the flags. */
#include <stddef.h>

void gemv(float *y, const float *w, const float *x, size_t rows, size_t cols, size_t ld);

void gemv(float *y, const float *w, const float *x, size_t rows, size_t cols, size_t ld)
{
    const int d = (int)rows, n = (int)cols;
    (void)ld;
    for (int i = 0; i < d; i++) {
        float sum = 0;
        for (int j = 0; j < n; j++)
            sum += w[i * n + j] * x[j];
        y[i] = sum;
    }
}
