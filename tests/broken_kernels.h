/* Kernels with one mistake each. A check that lets one of them pass is broken itself. */
#ifndef MW_TESTS_BROKEN_KERNELS_H
#define MW_TESTS_BROKEN_KERNELS_H

#include "kernels/kernel.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

enum { PANEL = 16 };

static float term(const float *w, const float *x, size_t i, size_t j, size_t ld)
{
    return w[i * ld + j] * x[j];
}

/* A right row-major kernel, for those that spoil its result. */
static void right(float *y, const float *w, const float *x, size_t rows, size_t cols, size_t ld)
{
    for (size_t i = 0; i < rows; i++) {
        float sum = 0;
        for (size_t j = 0; j < cols; j++)
            sum += term(w, x, i, j, ld);
        y[i] = sum;
    }
}

/* A right tvl kernel. */
static void right_tvl(float *y, const float *w, const float *x, size_t rows, size_t cols, size_t ld)
{
    for (size_t i = 0; i < rows; i++) {
        float sum = 0;
        for (size_t j = 0; j < cols; j++)
            sum += w[i / PANEL * PANEL * ld + j * PANEL + i % PANEL] * x[j];
        y[i] = sum;
    }
}

#define GEMV(name) static void name(float *y, const float *w, const float *x, size_t rows, size_t cols, size_t ld)

GEMV(drops_last_column)
{
    right(y, w, x, rows, cols - 1, ld);
}

GEMV(drops_element_1000)
{
    for (size_t i = 0; i < rows; i++) {
        float sum = 0;
        for (size_t j = 0; j < cols; j++)
            sum += j == 1000 ? 0 : term(w, x, i, j, ld);
        y[i] = sum;
    }
}

GEMV(drops_odd_tail) /* works in fours and forgets what is left */
{
    right(y, w, x, rows, cols / 4 * 4, ld);
}

GEMV(writes_past_y)
{
    right(y, w, x, rows, cols, ld);
    ((volatile float *)y)[rows] = 0;
}

GEMV(writes_before_y)
{
    right(y, w, x, rows, cols, ld);
    ((volatile float *)y)[-1] = 0;
}

GEMV(skips_last_row)
{
    right(y, w, x, rows - 1, cols, ld);
}

GEMV(reads_past_w)
{
    right(y, w, x, rows, cols, ld);
    (void)((const volatile float *)w)[(rows - 1) * ld + cols];
}

GEMV(reads_past_x)
{
    right(y, w, x, rows, cols, ld);
    (void)((const volatile float *)x)[cols];
}

GEMV(reads_before_x) /* as an aligned load would, that starts too early */
{
    right(y, w, x, rows, cols, ld);
    (void)((const volatile float *)x)[-8];
}

GEMV(assumes_aligned_x)
{
    right(y, w, (const float *)((uintptr_t)x & ~(uintptr_t)15), rows, cols, ld);
}

GEMV(writes_to_x)
{
    right(y, w, x, rows, cols, ld);
    *(volatile float *)(uintptr_t)(x + cols - 1) *= 2;
}

GEMV(writes_to_w)
{
    right(y, w, x, rows, cols, ld);
    *(volatile float *)(uintptr_t)(w + cols - 1) *= 2;
}

GEMV(swaps_two_rows)
{
    right(y, w, x, rows, cols, ld);
    if (rows > 1) {
        float first = y[0];
        y[0] = y[1];
        y[1] = first;
    }
}

GEMV(swaps_two_columns)
{
    for (size_t i = 0; i < rows; i++) {
        float sum = 0;
        for (size_t j = 0; j < cols; j++)
            sum += w[i * ld + (j ^ (cols > 2 && j < 2))] * x[j];
        y[i] = sum;
    }
}

GEMV(hides_nan)
{
    right(y, w, x, rows, cols, ld);
    for (size_t i = 0; i < rows; i++)
        y[i] = isnan(y[i]) ? 0 : y[i];
}

GEMV(leaks_nan_to_next_row)
{
    right(y, w, x, rows, cols, ld);
    for (size_t i = 1; i < rows; i++)
        y[i] += 0 * y[i - 1];
}

GEMV(flushes_denormals)
{
    right(y, w, x, rows, cols, ld);
    for (size_t i = 0; i < rows; i++)
        y[i] = fabsf(y[i]) < 0x1p-126f ? 0 : y[i];
}

GEMV(sums_in_half_precision)
{
    right(y, w, x, rows, cols, ld);
    for (size_t i = 0; i < rows; i++) {
        uint32_t bits;
        memcpy(&bits, &y[i], sizeof bits);
        bits &= 0xffffe000u;
        memcpy(&y[i], &bits, sizeof bits);
    }
}

GEMV(differs_from_call_to_call) /* within the rounding bound */
{
    static int calls;
    right(y, w, x, rows, cols, ld);
    if (++calls % 2 && y[rows - 1] != truncf(y[rows - 1]))
        y[rows - 1] = nextafterf(y[rows - 1], 0);
}

GEMV(differs_from_share_to_share) /* the order of the sum depends on where the share starts */
{
    for (size_t i = 0; i < rows; i++) {
        float sum = 0;
        for (size_t j = 0; j < cols; j++)
            sum += term(w, x, i, i < PANEL ? j : cols - 1 - j, ld);
        y[i] = sum;
    }
}

GEMV(stores_padding_rows)
{
    right_tvl(y, w, x, (rows + PANEL - 1) / PANEL * PANEL, cols, ld);
}

GEMV(takes_tvl_for_rowmajor)
{
    right(y, w, x, rows, cols, ld);
}

GEMV(adds_padding_to_last_row)
{
    float padding[PANEL];
    right_tvl(y, w, x, rows, cols, ld);
    size_t last = rows / PANEL * PANEL;
    if (last == rows)
        return;
    right_tvl(padding, w + last * ld, x, PANEL, cols, ld);
    for (size_t r = rows - last; r < PANEL; r++)
        y[rows - 1] += padding[r];
}

/* A right GEMM: the bits of the kernel "scalar", token by token. */
static void right_gemm(float *y, size_t ldy, const float *w, const float *x, size_t ldx, size_t tokens, size_t rows,
                       size_t cols, size_t ld)
{
    for (size_t t = 0; t < tokens; t++)
        right(y + t * ldy, w, x + t * ldx, rows, cols, ld);
}

#define GEMM(name) \
    static void name(float *y, size_t ldy, const float *w, const float *x, size_t ldx, size_t tokens, size_t rows, \
                     size_t cols, size_t ld)

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

static void rmsnorm_drops_last(float *y, const float *x, const float *w, size_t n)
{
    float sum = 0;
    for (size_t i = 0; i + 1 < n; i++)
        sum += x[i] * x[i];
    for (size_t i = 0; i < n; i++)
        y[i] = w[i] * (x[i] / sqrtf(sum / (float)n + 1e-5f));
}

static void rmsnorm_not_in_place(float *y, const float *x, const float *w, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] = w[i];
    float sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i] * x[i];
    for (size_t i = 0; i < n; i++)
        y[i] *= x[i] / sqrtf(sum / (float)n + 1e-5f);
}

static void rope_turns_backwards(float *v, const float *cos_sin, size_t heads, size_t head_size)
{
    for (size_t i = 0; i < heads * head_size; i += 2) {
        float c = cos_sin[i % head_size], s = cos_sin[i % head_size + 1], v0 = v[i], v1 = v[i + 1];
        v[i] = v0 * c + v1 * s;
        v[i + 1] = v1 * c - v0 * s;
    }
}

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

static void swiglu_squares(float *h, const float *g, size_t n) /* silu(h) * h * g, as published */
{
    for (size_t i = 0; i < n; i++)
        h[i] = h[i] / (1 + expf(-h[i])) * h[i] * g[i];
}

#define BROKEN(what, ...) \
    { \
        MW_KERNEL_DEFAULTS, .name = what, .description = what, .isa_name = "c", __VA_ARGS__ \
    }
#define BROKEN_GEMV(f) BROKEN(#f, .op = MW_OP_GEMV, .fn.gemv = f)
/* The name says whose bits it has to return. */
#define BROKEN_GEMM(f) BROKEN(#f, .name = "scalar", .op = MW_OP_GEMM, .fn.gemm = f)
#define BROKEN_ATTENTION(f) BROKEN(#f, .op = MW_OP_ATTENTION, .fn.attention = f)
#define BROKEN_TVL(f) BROKEN(#f, .op = MW_OP_GEMV, .layout = MW_LAYOUT_TVL16, .align = 64, .fn.gemv = f)

__attribute__((unused)) static const mw_kernel broken_kernels[] = {
    BROKEN_GEMV(drops_last_column),
    BROKEN_GEMV(drops_element_1000),
    BROKEN_GEMV(drops_odd_tail),
    BROKEN_GEMV(writes_past_y),
    BROKEN_GEMV(writes_before_y),
    BROKEN_GEMV(skips_last_row),
    BROKEN_GEMV(reads_past_w),
    BROKEN_GEMV(reads_past_x),
    BROKEN_GEMV(reads_before_x),
    BROKEN_GEMV(assumes_aligned_x),
    BROKEN_GEMV(writes_to_x),
    BROKEN_GEMV(writes_to_w),
    BROKEN_GEMV(swaps_two_rows),
    BROKEN_GEMV(swaps_two_columns),
    BROKEN_GEMV(hides_nan),
    BROKEN_GEMV(leaks_nan_to_next_row),
    BROKEN_GEMV(flushes_denormals),
    BROKEN_GEMV(sums_in_half_precision),
    BROKEN_GEMV(differs_from_call_to_call),
    BROKEN_GEMV(differs_from_share_to_share),
    BROKEN_TVL(stores_padding_rows),
    BROKEN_TVL(takes_tvl_for_rowmajor),
    BROKEN_TVL(adds_padding_to_last_row),
    BROKEN_GEMM(drops_last_token),
    BROKEN_GEMM(drops_odd_token),
    BROKEN_GEMM(repeats_a_token),
    BROKEN_GEMM(writes_between_tokens),
    BROKEN_GEMM(writes_past_last_token),
    BROKEN_GEMM(takes_rows_for_ldy),
    BROKEN_GEMM(takes_cols_for_ldx),
    BROKEN_GEMM(reads_past_last_x),
    BROKEN_GEMM(mixes_token_into_next),
    BROKEN_GEMM(sums_backwards),
    BROKEN_GEMM(sums_last_token_backwards),
    BROKEN("drops_last", .op = MW_OP_RMSNORM, .fn.rmsnorm = rmsnorm_drops_last),
    BROKEN("not_in_place", .op = MW_OP_RMSNORM, .fn.rmsnorm = rmsnorm_not_in_place),
    BROKEN("turns_backwards", .op = MW_OP_ROPE, .fn.rope = rope_turns_backwards),
    BROKEN_ATTENTION(without_max),
    BROKEN_ATTENTION(starts_max_at_zero),
    BROKEN_ATTENTION(counts_padding),
    BROKEN_ATTENTION(forgets_last_position),
    BROKEN_ATTENTION(drops_odd_positions),
    BROKEN_ATTENTION(looks_ahead),
    BROKEN_ATTENTION(reads_past_values),
    BROKEN_ATTENTION(forgets_scale),
    BROKEN_ATTENTION(drops_last_dimension),
    BROKEN_ATTENTION(skips_last_output),
    BROKEN_ATTENTION(writes_past_scores),
    BROKEN_ATTENTION(trusts_old_scores),
    BROKEN_ATTENTION(writes_to_keys),
    BROKEN("squares", .op = MW_OP_SWIGLU, .fn.swiglu = swiglu_squares),
};

#endif
