/* The forward pass of Llama 2, as in llama2.c's run.c (the oracle) and Touvron et al., "Llama 2" (2023): per layer
 * RMSNorm, attention with rotary positions (Su et al., 2021) and grouped key/value heads, RMSNorm, SwiGLU feed-forward
 * (Shazeer, 2020), each added to the residual stream. Later families add to it what their configuration says
 * (config.h): biases of queries, keys and values (Qwen2, Yang et al., 2024), norms of query and key heads (Qwen3, Yang
 * et al., 2025), other rotary angles (Llama 3, Grattafiori et al., 2024).
 *
 * A prompt goes through in batches: each step of the pass is done for all tokens of a batch before the next one, so
 * that weights are read from memory once per batch. Decoding is a batch of one.
 *
 * Threads share the rows of every weight matrix, and with them what is added to the stream or gated (sweep.c), the
 * heads of the attention (attention.c) and, for the small operations, the tokens of a batch; for a single token those
 * run on the calling thread. Each output value is computed by one thread in one fixed order, hence the same bits for
 * any number of threads, and for any batch. */
#include "engine/decoder_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void take_buffers(mw_arena *a, const mw_config *c, uint32_t positions, mw_buffers *b)
{
    const uint64_t cache[] = {c->n_layers, c->n_kv_heads, positions, mw_head_size(c)};
    const uint64_t batch = positions < MW_PREFILL_BATCH ? positions : MW_PREFILL_BATCH;
    const uint32_t q = mw_q_dim(c), wide = c->dim > q ? c->dim : q;
    b->x = mw_arena_floats(a, batch, mw_stride(c->dim));
    b->xb = mw_arena_floats(a, batch, mw_stride(wide));
    b->xb2 = mw_arena_floats(a, batch, mw_stride(c->dim));
    b->q = mw_arena_floats(a, batch, mw_stride(q));
    b->k = mw_arena_floats(a, batch, mw_stride(mw_kv_dim(c)));
    b->v = mw_arena_floats(a, batch, mw_stride(mw_kv_dim(c)));
    b->hb = mw_arena_floats(a, batch, mw_stride(c->hidden_dim));
    b->hb2 = mw_arena_floats(a, batch, mw_stride(c->hidden_dim));
    b->x8 = (mw_x8 *)(void *)mw_arena_floats(a, batch * mw_stride(wide > c->hidden_dim ? wide : c->hidden_dim) / MW_X8,
                                             sizeof(mw_x8) / sizeof(float));
    b->scores = mw_arena_floats(a, c->n_heads, mw_stride(positions));
    b->logits = mw_arena_floats(a, 1, c->vocab_size);
    b->cos_sin = mw_arena_floats(a, positions, mw_head_size(c));
    b->keys = mw_arena_floats(a, cache[0] * cache[1], cache[2] * cache[3]);
    b->values = mw_arena_floats(a, cache[0] * cache[1], cache[2] * cache[3]);
}

uint64_t mw_decoder_arena_bytes(const mw_config *config, uint32_t positions)
{
    mw_arena measure = {0};
    mw_buffers unused;
    take_buffers(&measure, config, positions, &unused);
    return measure.overflow ? UINT64_MAX : measure.used;
}

int mw_decoder_create(const mw_config *config, const mw_weights *weights, const mw_kernel_set *set, mw_pool *pool,
                      uint32_t positions, mw_decoder **out, mw_error *err)
{
    *out = NULL;
    if (set->of[MW_OP_GEMV]->layout != weights->layout->id)
        return mw_fail(err, -EINVAL, "kernel %s needs weights in another layout than %s", set->of[MW_OP_GEMV]->name,
                       weights->layout->name);
    for (size_t i = 0; i < weights->n; i++)
        if (!weights->matrix[i].vector && !set->gemv[weights->matrix[i].dtype])
            return mw_fail(err, -EINVAL, "no kernel multiplies %s weights in layout %s",
                           mw_dtypes[weights->matrix[i].dtype].name, weights->layout->name);
    if (positions < 1 || positions > config->seq_len)
        return mw_fail(err, -EINVAL, "%u positions asked for, the model has 1 to %u; use fewer tokens", positions,
                       config->seq_len);
    mw_decoder *d = calloc(1, sizeof *d);
    if (!d)
        return mw_fail(err, -ENOMEM, "no memory for a decoder");
    *d = (mw_decoder){.config = *config, .weights = weights, .set = *set, .pool = pool, .positions = positions};
    int rc = mw_arena_open(&d->arena, mw_decoder_arena_bytes(config, positions), pool, err);
    if (rc) {
        free(d);
        return rc;
    }
    take_buffers(&d->arena, config, positions, &d->b);
    rc = mw_attention_angles(d, err);
    if (rc)
        mw_decoder_free(d);
    else
        *out = d;
    return rc;
}

void mw_decoder_free(mw_decoder *d)
{
    if (d)
        mw_arena_close(&d->arena);
    free(d);
}

void mw_decoder_touch_embedding(const mw_decoder *d)
{
    if (d->config.shared_classifier)
        return;
    const mw_matrix *e = &d->weights->matrix[mw_embedding_index(&d->config)];
    const size_t bytes = (size_t)mw_matrix_bytes(d->weights, mw_embedding_index(&d->config)), step = mw_page_bytes();
    const volatile char *data = e->data;
    char sink;
    for (size_t i = 0; i < bytes; i += step)
        sink = data[i];
    sink = data[bytes - 1];
    (void)sink;
}

/* --- the forward pass --- */

static const float *bias(const mw_decoder *d, uint32_t layer, mw_layer_tensor t)
{
    return d->config.qkv_bias ? mw_layer_matrix(d, layer, t)->data : NULL;
}

/* A step that treats each token of a batch separately. */
typedef struct token_job {
    void (*one)(void *arg, size_t t);
    void *arg;
    size_t tokens;
} token_job;

static void token_part(void *arg, int index, int threads)
{
    const token_job *job = arg;
    for (size_t t = mw_pool_share(job->tokens, index, threads); t < mw_pool_share(job->tokens, index + 1, threads); t++)
        job->one(job->arg, t);
}

void mw_each_token(mw_decoder *d, size_t tokens, void (*one)(void *arg, size_t t), void *arg)
{
    token_job job = {one, arg, tokens};
    if (tokens == 1)
        token_part(&job, 0, 1);
    else
        mw_pool_run(d->pool, token_part, &job);
}

typedef struct norm_job {
    const mw_decoder *d;
    float *y; /* [tokens][dim], as is x */
    const float *x;
    const mw_matrix *w;
} norm_job;

static void rmsnorm_one(void *arg, size_t t)
{
    const norm_job *job = arg;
    const size_t n = job->d->config.dim, at = t * mw_stride(n);
    job->d->set.of[MW_OP_RMSNORM]->fn.rmsnorm(job->y + at, job->x + at, job->w->data, n, mw_norm_eps(&job->d->config));
}

/* y = norm of x; y may be x. */
static void rmsnorm(mw_decoder *d, size_t tokens, float *y, const float *x, const mw_matrix *w)
{
    mw_each_token(d, tokens, rmsnorm_one, &(norm_job){d, y, x, w});
    mw_profile_mark(d->profile, MW_STEP_RMSNORM);
}

typedef struct remember_job {
    const mw_decoder *d;
    uint32_t layer, pos;
} remember_job;

static void remember_one(void *arg, size_t t)
{
    const remember_job *job = arg;
    mw_attention_remember(job->d, job->layer, job->pos, t);
}

/* Rotary positions; writes keys and values to where attention reads them. */
static void remember(mw_decoder *d, size_t tokens, uint32_t layer, uint32_t pos)
{
    mw_each_token(d, tokens, remember_one, &(remember_job){d, layer, pos});
    mw_profile_mark(d->profile, MW_STEP_ROPE);
}

/* Puts the embeddings of the tokens into x; false if one of them is out of range. */
static bool embed(mw_decoder *d, const int32_t *tokens, size_t n)
{
    const mw_matrix *e = &d->weights->matrix[mw_embedding_index(&d->config)];
    for (size_t t = 0; t < n; t++)
        if (tokens[t] < 0 || (uint32_t)tokens[t] >= d->config.vocab_size)
            return false;
    for (size_t t = 0; t < n; t++)
        mw_layout_row(d->weights->layout, e->dtype, d->b.x + t * mw_stride(d->config.dim), e->data, (size_t)tokens[t],
                      e->rows, e->cols);
    return true;
}

/* All layers for n tokens in x, from position pos on. */
static void pass(mw_decoder *d, size_t n, uint32_t pos)
{
    const mw_config *c = &d->config;
    const mw_buffers *b = &d->b;
    for (uint32_t l = 0; l < c->n_layers; l++) {
        rmsnorm(d, n, b->xb, b->x, mw_layer_matrix(d, l, MW_ATT_NORM));
        mw_sweep(d, n, b->xb, 3,
                 (mw_product[]){{.y = b->q, .w = mw_layer_matrix(d, l, MW_WQ), .bias = bias(d, l, MW_BQ)},
                                {.y = b->k, .w = mw_layer_matrix(d, l, MW_WK), .bias = bias(d, l, MW_BK)},
                                {.y = b->v, .w = mw_layer_matrix(d, l, MW_WV), .bias = bias(d, l, MW_BV)}});
        mw_profile_mark(d->profile, MW_STEP_QKV);
        remember(d, n, l, pos);
        mw_attention(d, l, pos, n);
        mw_profile_mark(d->profile, MW_STEP_ATTENTION);
        mw_sweep(d, n, b->xb, 1, &(mw_product){.y = b->xb2, .w = mw_layer_matrix(d, l, MW_WO), .add_to = b->x});
        mw_profile_mark(d->profile, MW_STEP_WO);

        rmsnorm(d, n, b->xb, b->x, mw_layer_matrix(d, l, MW_FFN_NORM));
        mw_sweep(d, n, b->xb, 2,
                 (mw_product[]){{.y = b->hb, .w = mw_layer_matrix(d, l, MW_W1)},
                                {.y = b->hb2, .w = mw_layer_matrix(d, l, MW_W3), .gate = b->hb}});
        mw_profile_mark(d->profile, MW_STEP_W1_W3);
        mw_sweep(d, n, b->hb, 1, &(mw_product){.y = b->xb2, .w = mw_layer_matrix(d, l, MW_W2), .add_to = b->x});
        mw_profile_mark(d->profile, MW_STEP_W2);
    }
}

float *mw_decoder_prefill(mw_decoder *d, const int32_t *tokens, size_t n, uint32_t pos)
{
    const mw_buffers *b = &d->b;
    size_t last = 0; /* tokens of the last batch */
    if (n < 1 || pos >= d->positions || n > d->positions - pos)
        return NULL;
    mw_profile_begin(d->profile);
    for (size_t done = 0; done < n; done += last) {
        last = n - done < MW_PREFILL_BATCH ? n - done : MW_PREFILL_BATCH;
        if (!embed(d, tokens + done, last))
            return NULL;
        mw_profile_mark(d->profile, MW_STEP_EMBEDDING);
        pass(d, last, pos + (uint32_t)done);
    }
    /* only the logits after the last token are wanted */
    float *x = b->x + (last - 1) * mw_stride(d->config.dim);
    rmsnorm(d, 1, x, x, &d->weights->matrix[mw_final_norm_index(&d->config)]);
    mw_sweep(d, 1, x, 1, &(mw_product){.y = b->logits, .w = &d->weights->matrix[mw_classifier_index(&d->config)]});
    mw_profile_mark(d->profile, MW_STEP_CLASSIFIER);
    return b->logits;
}

float *mw_decoder_forward(mw_decoder *d, int32_t token, uint32_t pos)
{
    return mw_decoder_prefill(d, &token, 1, pos);
}

void mw_decoder_profile(mw_decoder *d, mw_profile *profile)
{
    d->profile = profile;
}
