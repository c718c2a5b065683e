/* GEMMs and small operations with one mistake each. tests/broken_kernels.h lists them. */
#ifndef MW_TESTS_BROKEN_OPS_H
#define MW_TESTS_BROKEN_OPS_H

#include "kernels/kernel.h"

#include <math.h>

static float term(const float *w, const float *x, size_t i, size_t j, size_t ld)
{
    return w[i * ld + j] * x[j];
}

/* A right row-major kernel, for those that spoil its result. */
static void right(float *y, const void *w, const void *x, size_t rows, size_t cols, size_t ld)
{
    for (size_t i = 0; i < rows; i++) {
        float sum = 0;
        for (size_t j = 0; j < cols; j++)
            sum += term(w, x, i, j, ld);
        y[i] = sum;
    }
}

/* A right GEMM: the bits of the kernel "scalar", token by token. */
static void right_gemm(float *y, size_t ldy, const void *w, const void *x, size_t ldx, size_t tokens, size_t rows,
                       size_t cols, size_t ld)
{
    for (size_t t = 0; t < tokens; t++)
        right(y + t * ldy, w, (const float *)x + t * ldx, rows, cols, ld);
}

#define GEMM(name) \
    static void name##_f32(float *y, size_t ldy, const float *w, const float *x, size_t ldx, size_t tokens, \
                           size_t rows, size_t cols, size_t ld); \
    static void name(float *y, size_t ldy, const void *w, const void *x, size_t ldx, size_t tokens, size_t rows, \
                     size_t cols, size_t ld) \
    { \
        name##_f32(y, ldy, w, x, ldx, tokens, rows, cols, ld); \
    } \
    static void name##_f32(float *y, size_t ldy, const float *w, const float *x, size_t ldx, size_t tokens, \
                           size_t rows, size_t cols, size_t ld)

GEMM(drops_last_token)
{
    right_gemm(y, ldy, w, x, ldx, tokens - 1, rows, cols, ld);
}

GEMM(drops_odd_token) /* works in fours and ends with a pair */
{
    right_gemm(y, ldy, w, x, ldx, tokens > 4 ? tokens / 2 * 2 : tokens, rows, cols, ld);
}

GEMM(repeats_a_token)
{
    right_gemm(y, ldy, w, x, ldx, tokens, rows, cols, ld);
    if (tokens > 1)
        right(y + (tokens - 1) * ldy, w, x + (tokens - 2) * ldx, rows, cols, ld);
}

GEMM(writes_between_tokens)
{
    right_gemm(y, ldy, w, x, ldx, tokens, rows, cols, ld);
    if (ldy > rows && tokens > 1)
        y[rows] = 0;
}

GEMM(writes_past_last_token)
{
    right_gemm(y, ldy, w, x, ldx, tokens, rows, cols, ld);
    ((volatile float *)y)[(tokens - 1) * ldy + rows] = 0;
}

GEMM(takes_rows_for_ldy)
{
    ldy = rows;
    right_gemm(y, ldy, w, x, ldx, tokens, rows, cols, ld);
}

GEMM(takes_cols_for_ldx)
{
    ldx = cols;
    right_gemm(y, ldy, w, x, ldx, tokens, rows, cols, ld);
}

GEMM(reads_past_last_x)
{
    right_gemm(y, ldy, w, x, ldx, tokens, rows, cols, ld);
    (void)((const volatile float *)x)[(tokens - 1) * ldx + cols];
}

GEMM(mixes_token_into_next) /* as an accumulator that is not cleared */
{
    right_gemm(y, ldy, w, x, ldx, tokens, rows, cols, ld);
    for (size_t t = 1; t < tokens; t++)
        y[t * ldy] += 0x1p-20f * y[(t - 1) * ldy];
}

GEMM(sums_backwards) /* within every bound, but not the GEMV's bits */
{
    for (size_t t = 0; t < tokens; t++)
        for (size_t i = 0; i < rows; i++) {
            float sum = 0;
            for (size_t j = cols; j-- > 0;)
                sum += term(w, x + t * ldx, i, j, ld);
            y[t * ldy + i] = sum;
        }
}

GEMM(sums_last_token_backwards)
{
    right_gemm(y, ldy, w, x, ldx, tokens, rows, cols, ld);
    sums_backwards(y + (tokens - 1) * ldy, ldy, w, x + (tokens - 1) * ldx, ldx, 1, rows, cols, ld);
}

static void rmsnorm_drops_last(float *y, const float *x, const float *w, size_t n, float eps)
{
    float sum = 0;
    for (size_t i = 0; i + 1 < n; i++)
        sum += x[i] * x[i];
    for (size_t i = 0; i < n; i++)
        y[i] = w[i] * (x[i] / sqrtf(sum / (float)n + eps));
}

static void rmsnorm_not_in_place(float *y, const float *x, const float *w, size_t n, float eps)
{
    for (size_t i = 0; i < n; i++)
        y[i] = w[i];
    float sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i] * x[i];
    for (size_t i = 0; i < n; i++)
        y[i] *= x[i] / sqrtf(sum / (float)n + eps);
}

static void rmsnorm_keeps_epsilon(float *y, const float *x, const float *w, size_t n, float eps)
{
    float sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i] * x[i];
    (void)eps;
    for (size_t i = 0; i < n; i++)
        y[i] = w[i] * (x[i] / sqrtf(sum / (float)n + 1e-5f));
}

static void rope_turns_backwards(float *v, const float *cos_sin, size_t heads, size_t head_size)
{
    for (size_t i = 0; i < heads * head_size; i += 2) {
        float c = cos_sin[i % head_size], s = cos_sin[i % head_size + 1], v0 = v[i], v1 = v[i + 1];
        v[i] = v0 * c + v1 * s;
        v[i + 1] = v1 * c - v0 * s;
    }
}

static void rope_pairs_neighbours(float *v, const float *cos_sin, size_t heads, size_t head_size)
{
    const size_t half = head_size / 2;
    for (size_t h = 0; h < heads; h++, v += head_size)
        for (size_t i = 0; i < half; i++) {
            float c = cos_sin[i], s = cos_sin[i + half], v0 = v[2 * i], v1 = v[2 * i + 1];
            v[2 * i] = v0 * c - v1 * s;
            v[2 * i + 1] = v0 * s + v1 * c;
        }
}

static void rope_drops_odd_pairs(float *v, const float *cos_sin, size_t heads, size_t head_size) /* works in fours */
{
    const size_t half = head_size / 2;
    for (size_t h = 0; h < heads; h++, v += head_size)
        for (size_t i = 0; i < half / 4 * 4; i++) {
            float c = cos_sin[i], s = cos_sin[i + half], v0 = v[i], v1 = v[i + half];
            v[i] = v0 * c - v1 * s;
            v[i + half] = v0 * s + v1 * c;
        }
}

static void swiglu_squares(float *h, const float *g, size_t n) /* silu(h) * h * g, as published */
{
    for (size_t i = 0; i < n; i++)
        h[i] = h[i] / (1 + expf(-h[i])) * h[i] * g[i];
}

#endif
