/* The forward pass of Llama 2, as in llama2.c's run.c (the oracle) and Touvron et al., "Llama 2" (2023): per layer
 * RMSNorm, attention with rotary positions (Su et al., 2021) and grouped key/value heads, RMSNorm, SwiGLU feed-forward
 * (Shazeer, 2020), each added to the residual stream.
 *
 * A prompt goes through in batches: each step of the pass is done for all tokens of a batch before the next one, so
 * that weights are read from memory once a batch. Decoding is a batch of one.
 *
 * Threads split the rows of every weight matrix and the heads of the attention; what is small runs on the calling
 * thread. Each output value is computed by one thread in one fixed order, hence the same bits for any number of
 * threads, and for any batch. */
#include "engine/decoder.h"

#include "engine/arena.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Keys and values are kept per layer and head, [layer][kv head][position][head_size], so that attention reads each
 * head's history as one forward stream. */
typedef struct buffers {
    /* a row for each token of a batch, on lines of its own */
    float *x, *xb, *xb2;  /* [batch][dim] residual stream, normed input, result of a block */
    float *q;             /* [batch][dim] */
    float *k, *v;         /* [batch][kv_dim] */
    float *hb, *hb2;      /* [batch][hidden_dim] */
    float *scores;        /* [n_heads][positions] of one token */
    float *logits;        /* [vocab_size] */
    float *cos_sin;       /* [positions][head_size] */
    float *keys, *values; /* [n_layers][n_kv_heads][positions][head_size] */
} buffers;

struct mw_decoder {
    mw_config config;
    const mw_weights *weights;
    mw_kernel_set set;
    mw_pool *pool;
    uint32_t positions;
    mw_arena arena;
    buffers b;
};

/* Floats from one token's row to the next, for rows of n. */
static size_t stride(size_t n)
{
    enum { LINE = 16 };
    return (n + LINE - 1) / LINE * LINE;
}

static void take_buffers(mw_arena *a, const mw_config *c, uint32_t positions, buffers *b)
{
    const uint64_t cache[] = {c->n_layers, c->n_kv_heads, positions, mw_head_size(c)};
    const uint64_t batch = positions < MW_PREFILL_BATCH ? positions : MW_PREFILL_BATCH;
    b->x = mw_arena_floats(a, batch, stride(c->dim));
    b->xb = mw_arena_floats(a, batch, stride(c->dim));
    b->xb2 = mw_arena_floats(a, batch, stride(c->dim));
    b->q = mw_arena_floats(a, batch, stride(c->dim));
    b->k = mw_arena_floats(a, batch, stride(mw_kv_dim(c)));
    b->v = mw_arena_floats(a, batch, stride(mw_kv_dim(c)));
    b->hb = mw_arena_floats(a, batch, stride(c->hidden_dim));
    b->hb2 = mw_arena_floats(a, batch, stride(c->hidden_dim));
    b->scores = mw_arena_floats(a, c->n_heads, positions);
    b->logits = mw_arena_floats(a, 1, c->vocab_size);
    b->cos_sin = mw_arena_floats(a, positions, mw_head_size(c));
    b->keys = mw_arena_floats(a, cache[0] * cache[1], cache[2] * cache[3]);
    b->values = mw_arena_floats(a, cache[0] * cache[1], cache[2] * cache[3]);
}

uint64_t mw_decoder_arena_bytes(const mw_config *config, uint32_t positions)
{
    mw_arena measure = {0};
    buffers unused;
    take_buffers(&measure, config, positions, &unused);
    return measure.overflow ? UINT64_MAX : measure.used;
}

/* cos and sin of pos * 10000^(-2i / head_size), in float steps as llama2.c takes them, so that tokens agree. */
static void table_angles(float *cos_sin, uint32_t positions, uint32_t head_size)
{
    for (uint32_t pos = 0; pos < positions; pos++)
        for (uint32_t i = 0; i < head_size; i += 2) {
            float angle = (float)pos * (1.0f / powf(10000.0f, (float)i / (float)head_size));
            *cos_sin++ = cosf(angle);
            *cos_sin++ = sinf(angle);
        }
}

int mw_decoder_create(const mw_config *config, const mw_weights *weights, const mw_kernel_set *set, mw_pool *pool,
                      uint32_t positions, mw_decoder **out, mw_error *err)
{
    *out = NULL;
    if (set->of[MW_OP_GEMV]->layout != weights->layout->id)
        return mw_fail(err, -EINVAL, "kernel %s needs weights in another layout than %s", set->of[MW_OP_GEMV]->name,
                       weights->layout->name);
    if (positions < 1 || positions > config->seq_len)
        return mw_fail(err, -EINVAL, "%u positions asked for, the model has 1 to %u; use fewer tokens", positions,
                       config->seq_len);
    mw_decoder *d = calloc(1, sizeof *d);
    if (!d)
        return mw_fail(err, -ENOMEM, "no memory for a decoder");
    *d = (mw_decoder){.config = *config, .weights = weights, .set = *set, .pool = pool, .positions = positions};
    int rc = mw_arena_open(&d->arena, mw_decoder_arena_bytes(config, positions), err);
    if (rc) {
        free(d);
        return rc;
    }
    take_buffers(&d->arena, config, positions, &d->b);
    table_angles(d->b.cos_sin, positions, mw_head_size(config));
    *out = d;
    return 0;
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
    const size_t cells = (size_t)d->weights->layout->cells(e->rows, e->cols), step = mw_page_bytes() / sizeof(float);
    volatile float sink;
    for (size_t i = 0; i < cells; i += step)
        sink = e->data[i];
    sink = e->data[cells - 1];
    (void)sink;
}

/* --- work that is shared between threads --- */

typedef struct gemv_job {
    float *y;
    const mw_matrix *w;
    const float *x;
} gemv_job;

typedef struct gemv_jobs {
    const mw_decoder *d;
    gemv_job job[3];
    int n;
    size_t tokens; /* rows of y and x */
} gemv_jobs;

/* Rows [first, last) of one matrix for all tokens. Few rows at a time, so that they are in the cache for all tokens but
 * the first. */
static void gemv_rows(const gemv_jobs *jobs, const gemv_job *j, size_t first, size_t last)
{
    const mw_layout *layout = jobs->d->weights->layout;
    const size_t rows = j->w->rows, cols = j->w->cols, ld = layout->ld(rows, cols);
    const size_t step = jobs->tokens > 1 ? MW_ROW_SPLIT : last - first;
    for (; first < last; first += step) {
        const size_t n = last - first < step ? last - first : step;
        const float *w = j->w->data + layout->cell(first, 0, rows, cols);
        for (size_t t = 0; t < jobs->tokens; t++)
            jobs->d->set.of[MW_OP_GEMV]->fn.gemv(j->y + t * stride(rows) + first, w, j->x + t * stride(cols), n, cols,
                                                 ld);
    }
}

static void gemv_part(void *arg, int index, int threads)
{
    const gemv_jobs *jobs = arg;
    for (int k = 0; k < jobs->n; k++) {
        size_t first, last;
        mw_layout_rows_of(jobs->job[k].w->rows, index, threads, &first, &last);
        if (first < last)
            gemv_rows(jobs, &jobs->job[k], first, last);
    }
}

/* y = W x for up to three matrices at once; they need each other's results no more than their rows do. */
static void sweep(mw_decoder *d, size_t tokens, int n, const gemv_job *job)
{
    gemv_jobs jobs = {.d = d, .n = n, .tokens = tokens};
    memcpy(jobs.job, job, (size_t)n * sizeof *job);
    mw_pool_run(d->pool, gemv_part, &jobs);
}

typedef struct attention_job {
    const mw_decoder *d;
    uint32_t layer, pos; /* of the first token */
    size_t tokens;
} attention_job;

/* Keys or values of one layer and head from position 0 on. */
static float *history(const mw_decoder *d, float *cache, uint32_t layer, uint32_t kv_head)
{
    size_t head = (size_t)layer * d->config.n_kv_heads + kv_head;
    return cache + head * d->positions * mw_head_size(&d->config);
}

/* xb[head] = softmax(q . k / sqrt(head_size)) v of token t, for one head. */
static void attend(const attention_job *a, size_t t, uint32_t h)
{
    const mw_decoder *d = a->d;
    const mw_config *c = &d->config;
    const size_t size = mw_head_size(c), seen = (size_t)a->pos + t + 1;
    const float scale = 1.0f / sqrtf((float)size);
    const uint32_t kv_head = h / (c->n_heads / c->n_kv_heads);
    const float *q = d->b.q + t * stride(c->dim) + h * size;
    const float *keys = history(d, d->b.keys, a->layer, kv_head);
    const float *values = history(d, d->b.values, a->layer, kv_head);
    float *scores = d->b.scores + (size_t)h * d->positions, *out = d->b.xb + t * stride(c->dim) + h * size;
    for (size_t i = 0; i < seen; i++)
        scores[i] = d->set.of[MW_OP_DOT]->fn.dot(q, keys + i * size, size) * scale;
    d->set.of[MW_OP_SOFTMAX]->fn.softmax(scores, seen);
    memset(out, 0, size * sizeof *out);
    for (size_t i = 0; i < seen; i++)
        d->set.of[MW_OP_AXPY]->fn.axpy(out, scores[i], values + i * size, size);
}

static void attention_part(void *arg, int index, int threads)
{
    const attention_job *a = arg;
    const uint32_t heads = a->d->config.n_heads;
    for (size_t h = mw_pool_share(heads, index, threads); h < mw_pool_share(heads, index + 1, threads); h++)
        for (size_t t = 0; t < a->tokens; t++)
            attend(a, t, (uint32_t)h);
}

/* --- the forward pass --- */

static const mw_matrix *matrix(const mw_decoder *d, uint32_t layer, mw_layer_tensor t)
{
    return &d->weights->matrix[mw_layer_index(layer, t)];
}

/* y = norm of x, token by token; y may be x. */
static void rmsnorm(const mw_decoder *d, size_t tokens, float *y, const float *x, const mw_matrix *w)
{
    const size_t row = stride(d->config.dim);
    for (size_t t = 0; t < tokens; t++)
        d->set.of[MW_OP_RMSNORM]->fn.rmsnorm(y + t * row, x + t * row, w->data, d->config.dim);
}

/* x += y, the residual connection. */
static void add(const mw_decoder *d, size_t tokens, float *x, const float *y)
{
    const size_t row = stride(d->config.dim);
    for (size_t t = 0; t < tokens; t++)
        d->set.of[MW_OP_AXPY]->fn.axpy(x + t * row, 1.0f, y + t * row, d->config.dim);
}

/* Turns queries and keys to their positions, and puts keys and values where attention will read them. */
static void rotate_and_remember(mw_decoder *d, uint32_t layer, size_t tokens, uint32_t pos)
{
    const mw_config *c = &d->config;
    const size_t size = mw_head_size(c), row = stride(mw_kv_dim(c));
    for (size_t t = 0; t < tokens; t++) {
        const float *cos_sin = d->b.cos_sin + (pos + t) * size;
        float *k = d->b.k + t * row, *v = d->b.v + t * row;
        d->set.of[MW_OP_ROPE]->fn.rope(d->b.q + t * stride(c->dim), cos_sin, c->n_heads, size);
        d->set.of[MW_OP_ROPE]->fn.rope(k, cos_sin, c->n_kv_heads, size);
        for (uint32_t h = 0; h < c->n_kv_heads; h++) {
            memcpy(history(d, d->b.keys, layer, h) + (pos + t) * size, k + h * size, size * sizeof(float));
            memcpy(history(d, d->b.values, layer, h) + (pos + t) * size, v + h * size, size * sizeof(float));
        }
    }
}

/* Puts the embeddings of the tokens into x; false if one of them is out of range. */
static bool embed(mw_decoder *d, const int32_t *tokens, size_t n)
{
    const mw_matrix *e = &d->weights->matrix[mw_embedding_index(&d->config)];
    for (size_t t = 0; t < n; t++)
        if (tokens[t] < 0 || (uint32_t)tokens[t] >= d->config.vocab_size)
            return false;
    for (size_t t = 0; t < n; t++)
        mw_layout_row(d->weights->layout, d->b.x + t * stride(d->config.dim), e->data, (size_t)tokens[t], e->rows,
                      e->cols);
    return true;
}

/* All layers for n tokens in x, from position pos on. */
static void pass(mw_decoder *d, size_t n, uint32_t pos)
{
    const mw_config *c = &d->config;
    const buffers *b = &d->b;
    for (uint32_t l = 0; l < c->n_layers; l++) {
        rmsnorm(d, n, b->xb, b->x, matrix(d, l, MW_ATT_NORM));
        sweep(d, n, 3,
              (gemv_job[]){{b->q, matrix(d, l, MW_WQ), b->xb},
                           {b->k, matrix(d, l, MW_WK), b->xb},
                           {b->v, matrix(d, l, MW_WV), b->xb}});
        rotate_and_remember(d, l, n, pos);
        mw_pool_run(d->pool, attention_part, &(attention_job){d, l, pos, n});
        sweep(d, n, 1, &(gemv_job){b->xb2, matrix(d, l, MW_WO), b->xb});
        add(d, n, b->x, b->xb2);

        rmsnorm(d, n, b->xb, b->x, matrix(d, l, MW_FFN_NORM));
        sweep(d, n, 2, (gemv_job[]){{b->hb, matrix(d, l, MW_W1), b->xb}, {b->hb2, matrix(d, l, MW_W3), b->xb}});
        for (size_t t = 0; t < n; t++)
            d->set.of[MW_OP_SWIGLU]->fn.swiglu(b->hb + t * stride(c->hidden_dim), b->hb2 + t * stride(c->hidden_dim),
                                               c->hidden_dim);
        sweep(d, n, 1, &(gemv_job){b->xb2, matrix(d, l, MW_W2), b->hb});
        add(d, n, b->x, b->xb2);
    }
}

float *mw_decoder_prefill(mw_decoder *d, const int32_t *tokens, size_t n, uint32_t pos)
{
    const buffers *b = &d->b;
    size_t last = 0; /* tokens of the last batch */
    if (n < 1 || pos >= d->positions || n > d->positions - pos)
        return NULL;
    for (size_t done = 0; done < n; done += last) {
        last = n - done < MW_PREFILL_BATCH ? n - done : MW_PREFILL_BATCH;
        if (!embed(d, tokens + done, last))
            return NULL;
        pass(d, last, pos + (uint32_t)done);
    }
    /* only what follows the last token is asked for */
    float *x = b->x + (last - 1) * stride(d->config.dim);
    rmsnorm(d, 1, x, x, &d->weights->matrix[mw_final_norm_index(&d->config)]);
    sweep(d, 1, 1, &(gemv_job){b->logits, &d->weights->matrix[mw_classifier_index(&d->config)], x});
    return b->logits;
}

float *mw_decoder_forward(mw_decoder *d, int32_t token, uint32_t pos)
{
    return mw_decoder_prefill(d, &token, 1, pos);
}
