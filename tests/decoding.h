/* What tests of the decoder share: decoding with a kernel set in one way and another, and spies in place of kernels. */
#ifndef MW_TESTS_DECODING_H
#define MW_TESTS_DECODING_H

#include "engine/decoder.h"
#include "engine/variant.h"
#include "tests/open_weights.h"
#include "tests/tap.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

static int token_at(const mw_config *c, int pos)
{
    return (pos * 7 + 3) % (int)c->vocab_size;
}

/* Logits of all positions with one variant; false if anything failed. */
static bool decode(const mw_model *m, const mw_variant *v, const mw_kernel_set *set, int threads, uint32_t positions,
                   float *logits)
{
    mw_error err = {""};
    mw_pool *pool = NULL;
    mw_weights *weights = NULL;
    mw_decoder *decoder = NULL;
    bool ok = mw_pool_create(threads, NULL, NULL, 0, &pool, &err) == 0 && open_weights(m, v, &weights, &err) == 0 &&
              mw_decoder_create(&m->config, weights, set, pool, positions, &decoder, &err) == 0;
    for (uint32_t pos = 0; pos < positions && ok; pos++) {
        const float *row = mw_decoder_forward(decoder, token_at(&m->config, (int)pos), pos);
        ok = row != NULL;
        if (ok)
            memcpy(logits + (size_t)pos * m->config.vocab_size, row, m->config.vocab_size * sizeof *row);
    }
    if (!ok)
        tap_note("%s", err.text);
    mw_decoder_free(decoder);
    mw_weights_close(weights);
    mw_pool_free(pool);
    return ok;
}

/* Rounding errors add up over the operations that a logit passes through: eight a layer, with biases and norms of heads
 * ten, each at worst (n + 2) 2^-23 of the largest value around. */
__attribute__((unused)) static double tolerance(const mw_config *c, const double *wanted, size_t n)
{
    double most = 0;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, fabs(wanted[i]));
    uint32_t longest = c->hidden_dim > c->dim ? c->hidden_dim : c->dim;
    longest = mw_q_dim(c) > longest ? mw_q_dim(c) : longest;
    return ((8.0 + c->qkv_bias + c->qk_norm) * c->n_layers + 2) * (longest + 2) * 0x1p-23 * most;
}

__attribute__((unused)) static double worst(const float *got, const double *wanted, size_t n)
{
    double most = 0;
    for (size_t i = 0; i < n; i++) {
        double d = fabs(got[i] - wanted[i]);
        most = isnan(d) ? INFINITY : fmax(most, d);
    }
    return most;
}

/* A prompt in batches, then a few tokens one by one: logits as token by token, to the bit. */
__attribute__((unused)) static bool prefill_same(const mw_model *m, const mw_variant *v, const mw_kernel_set *set,
                                                 int threads, size_t n, uint32_t positions, const float *wanted)
{
    mw_error err = {""};
    mw_pool *pool = NULL;
    mw_weights *weights = NULL;
    mw_decoder *decoder = NULL;
    int32_t tokens[2 * MW_PREFILL_BATCH];
    const size_t vocab = m->config.vocab_size;
    for (int pos = 0; pos < 2 * MW_PREFILL_BATCH; pos++)
        tokens[pos] = token_at(&m->config, pos);
    bool ok = mw_pool_create(threads, NULL, NULL, 0, &pool, &err) == 0 && open_weights(m, v, &weights, &err) == 0 &&
              mw_decoder_create(&m->config, weights, set, pool, positions, &decoder, &err) == 0;
    const float *row = ok ? mw_decoder_prefill(decoder, tokens, n, 0) : NULL;
    ok = row && memcmp(row, wanted + (n - 1) * vocab, vocab * sizeof *row) == 0;
    for (size_t pos = n; pos < positions && pos < n + 4 && ok; pos++) {
        row = mw_decoder_forward(decoder, tokens[pos], (uint32_t)pos);
        ok = row && memcmp(row, wanted + pos * vocab, vocab * sizeof *row) == 0;
    }
    if (ok && n < positions) { /* what is out of range changes nothing */
        const int32_t bad[] = {tokens[0], (int32_t)vocab};
        ok = !mw_decoder_prefill(decoder, tokens, positions + 1, 0) && !mw_decoder_prefill(decoder, bad, 2, 0) &&
             !mw_decoder_prefill(decoder, tokens, 0, 0) && !mw_decoder_prefill(decoder, tokens, 1, positions);
    }
    mw_decoder_free(decoder);
    mw_weights_close(weights);
    mw_pool_free(pool);
    return ok;
}

static atomic_int calls;
static mw_gemv_fn *counted;

__attribute__((unused)) static void count_calls(float *y, const void *w, const void *x, size_t rows, size_t cols,
                                                size_t ld)
{
    atomic_fetch_add(&calls, 1);
    counted(y, w, x, rows, cols, ld);
}

static atomic_int tokens_seen;
static mw_gemm_fn *gemm_counted;

__attribute__((unused)) static void count_tokens(float *y, size_t ldy, const void *w, const void *x, size_t ldx,
                                                 size_t tokens, size_t rows, size_t cols, size_t ld)
{
    atomic_fetch_add(&tokens_seen, (int)tokens);
    gemm_counted(y, ldy, w, x, ldx, tokens, rows, cols, ld);
}

#endif
