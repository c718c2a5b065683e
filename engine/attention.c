/* Attention with rotary positions (Su et al., 2021) and grouped key/value heads. Threads share the heads: what a head
 * computes is computed by one thread, token after token, position after position. */
#include "engine/decoder_parts.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* Angles are pos / scale / (factor * base^(2i / head_size)), in float steps as llama2.c takes them, so that tokens
 * agree; factors and scale as llama.cpp applies them (they are 1 in Llama 2). A table has one row per position, as the
 * op of the pairing reads it. */
int mw_attention_angles(mw_decoder *d, mw_error *err)
{
    const mw_config *c = &d->config;
    const size_t size = mw_head_size(c), half = size / 2;
    const float *factors = c->rope_factors ? d->weights->matrix[mw_rope_factors_index(c)].data : NULL;
    for (size_t i = 0; i < half; i++) {
        const float factor = factors ? factors[i] : 1;
        if (!(factor > 0 && factor < INFINITY))
            return mw_fail(err, -EINVAL, "rope factor %zu is %g, expected a positive number; is the model damaged?", i,
                           (double)factor);
        const float power = powf(mw_rope_base(c), (float)(2 * i) / (float)size);
        const float frequency = 1.0f / (power * factor * mw_rope_scale(c));
        const size_t at = c->rope_halves ? i : 2 * i, step = c->rope_halves ? half : 1;
        for (uint32_t pos = 0; pos < d->positions; pos++) {
            float *row = d->b.cos_sin + pos * size;
            row[at] = cosf((float)pos * frequency);
            row[at + step] = sinf((float)pos * frequency);
        }
    }
    return 0;
}

/* Keys or values of one layer and head from position 0 on. */
static float *history(const mw_decoder *d, float *cache, uint32_t layer, uint32_t kv_head)
{
    size_t head = (size_t)layer * d->config.n_kv_heads + kv_head;
    return cache + head * d->positions * mw_head_size(&d->config);
}

static void norm_heads(const mw_decoder *d, float *v, size_t heads, const mw_matrix *w)
{
    for (size_t h = 0; h < heads; h++, v += w->cols)
        d->set.of[MW_OP_RMSNORM]->fn.rmsnorm(v, v, w->data, w->cols, mw_norm_eps(&d->config));
}

void mw_attention_remember(const mw_decoder *d, uint32_t layer, uint32_t pos, size_t t)
{
    const mw_config *c = &d->config;
    const size_t size = mw_head_size(c), row = mw_stride(mw_kv_dim(c)), at = (pos + t) * size;
    const float *cos_sin = d->b.cos_sin + at;
    float *q = d->b.q + t * mw_stride(mw_q_dim(c)), *k = d->b.k + t * row, *v = d->b.v + t * row;
    mw_rope_f32_fn *rope = d->set.of[c->rope_halves ? MW_OP_ROPE_HALVES : MW_OP_ROPE]->fn.rope;
    if (c->qk_norm) {
        norm_heads(d, q, c->n_heads, mw_layer_matrix(d, layer, MW_Q_NORM));
        norm_heads(d, k, c->n_kv_heads, mw_layer_matrix(d, layer, MW_K_NORM));
    }
    rope(q, cos_sin, c->n_heads, size);
    rope(k, cos_sin, c->n_kv_heads, size);
    for (uint32_t h = 0; h < c->n_kv_heads; h++) {
        memcpy(history(d, d->b.keys, layer, h) + at, k + h * size, size * sizeof(float));
        memcpy(history(d, d->b.values, layer, h) + at, v + h * size, size * sizeof(float));
    }
}

typedef struct attention_job {
    const mw_decoder *d;
    uint32_t layer, pos; /* of the first token */
    size_t tokens;
} attention_job;

/* xb[head] = attention of token t, for one head. */
static void attend(const attention_job *a, size_t t, uint32_t h)
{
    const mw_decoder *d = a->d;
    const mw_config *c = &d->config;
    const size_t size = mw_head_size(c), at = t * mw_stride(mw_q_dim(c)) + h * size;
    const uint32_t kv_head = h / (c->n_heads / c->n_kv_heads);
    d->set.of[MW_OP_ATTENTION]->fn.attention(d->b.xb + at, d->b.q + at, history(d, d->b.keys, a->layer, kv_head),
                                             history(d, d->b.values, a->layer, kv_head),
                                             d->b.scores + h * mw_stride(d->positions), (size_t)a->pos + t + 1, size);
}

static void attention_part(void *arg, int index, int threads)
{
    const attention_job *a = arg;
    const uint32_t heads = a->d->config.n_heads;
    for (size_t h = mw_pool_share(heads, index, threads); h < mw_pool_share(heads, index + 1, threads); h++)
        for (size_t t = 0; t < a->tokens; t++)
            attend(a, t, (uint32_t)h);
}

void mw_attention(mw_decoder *d, uint32_t layer, uint32_t pos, size_t tokens)
{
    mw_pool_run(d->pool, attention_part, &(attention_job){d, layer, pos, tokens});
}
