#include "bench/claims/profile.h"

#include "bench/check/check.h"
#include "engine/decoder.h"
#include "engine/sampler.h"
#include "platform/os.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 9, TOKENS = 3, POSITION = MW_PROFILE_POSITION };

/* What a token is made of, in the order of the pass. */
enum {
    EMBEDDING,
    RMSNORM,
    GEMV_WQ,
    GEMV_WK,
    GEMV_WV,
    ROPE,
    ATTENTION,
    GEMV_WO,
    RESIDUAL,
    GEMV_W1,
    GEMV_W3,
    SWIGLU,
    GEMV_W2,
    CLASSIFIER,
    SAMPLING,
    PARTS
};

static const char *const names[PARTS] = {"embedding", "rmsnorm",   "gemv_wq", "gemv_wk",         "gemv_wv",
                                         "rope",      "attention", "gemv_wo", "residual",        "gemv_w1",
                                         "gemv_w3",   "swiglu",    "gemv_w2", "gemv_classifier", "sampling"};

typedef struct profile {
    const mw_config *config;
    const mw_weights *weights;
    mw_kernel_set set;
    mw_decoder *decoder;
    uint32_t positions;
    float *x, *y, *h, *scores, *logits, *cache; /* cache: keys and values of all layers */
    double logs[PARTS][ROUNDS], rest[ROUNDS], token_ns[ROUNDS];
} profile;

static const mw_matrix *matrix(const profile *p, uint32_t layer, mw_layer_tensor t)
{
    return &p->weights->matrix[mw_layer_index(layer, t)];
}

static void multiply(const profile *p, const mw_matrix *w, float *y, const float *x)
{
    const mw_layout *layout = p->weights->layout;
    p->set.of[MW_OP_GEMV]->fn.gemv(y, w->data, x, w->rows, w->cols, layout->ld(w->rows, w->cols));
}

static void multiply_all(const profile *p, mw_layer_tensor t)
{
    for (uint32_t l = 0; l < p->config->n_layers; l++)
        multiply(p, matrix(p, l, t), p->y, t == MW_W2 ? p->h : p->x);
}

static void attend_all(const profile *p)
{
    const mw_config *c = p->config;
    const size_t size = mw_head_size(c), head_bytes = (size_t)p->positions * size;
    for (uint32_t l = 0; l < c->n_layers; l++)
        for (uint32_t h = 0; h < c->n_heads; h++) {
            const size_t kv = (size_t)l * c->n_kv_heads + h / (c->n_heads / c->n_kv_heads);
            const float *keys = p->cache + 2 * kv * head_bytes, *values = keys + head_bytes;
            p->set.of[MW_OP_ATTENTION]->fn.attention(p->y + h * size, p->x + h * size, keys, values, p->scores,
                                                     POSITION + 1, size);
        }
}

/* All calls that one token makes of one operation. */
static void run_part(const profile *p, int part)
{
    static const mw_layer_tensor kinds[PARTS] = {
        [GEMV_WQ] = MW_WQ, [GEMV_WK] = MW_WK, [GEMV_WV] = MW_WV, [GEMV_WO] = MW_WO,
        [GEMV_W1] = MW_W1, [GEMV_W3] = MW_W3, [GEMV_W2] = MW_W2};
    const mw_config *c = p->config;
    const size_t size = mw_head_size(c);
    switch (part) {
    case EMBEDDING: {
        const mw_matrix *e = &p->weights->matrix[mw_embedding_index(c)];
        mw_layout_row(p->weights->layout, p->y, e->data, POSITION % c->vocab_size, e->rows, e->cols);
        return;
    }
    case RMSNORM:
        for (uint32_t l = 0; l < c->n_layers; l++) {
            p->set.of[MW_OP_RMSNORM]->fn.rmsnorm(p->y, p->x, matrix(p, l, MW_ATT_NORM)->data, c->dim);
            p->set.of[MW_OP_RMSNORM]->fn.rmsnorm(p->y, p->x, matrix(p, l, MW_FFN_NORM)->data, c->dim);
        }
        p->set.of[MW_OP_RMSNORM]->fn.rmsnorm(p->y, p->x, p->weights->matrix[mw_final_norm_index(c)].data, c->dim);
        return;
    case ROPE: /* the angles need not be right, only there */
        for (uint32_t l = 0; l < c->n_layers; l++) {
            p->set.of[MW_OP_ROPE]->fn.rope(p->y, p->x, c->n_heads, size);
            p->set.of[MW_OP_ROPE]->fn.rope(p->y, p->x, c->n_kv_heads, size);
        }
        return;
    case ATTENTION: attend_all(p); return;
    case RESIDUAL:
        for (uint32_t l = 0; l < 2 * c->n_layers; l++)
            for (size_t i = 0; i < c->dim; i++)
                p->y[i] += p->x[i];
        return;
    case SWIGLU:
        for (uint32_t l = 0; l < c->n_layers; l++) {
            memcpy(p->y, p->h, c->hidden_dim * sizeof *p->y); /* in place: no value may run away */
            p->set.of[MW_OP_SWIGLU]->fn.swiglu(p->y, p->h, c->hidden_dim);
        }
        return;
    case CLASSIFIER: multiply(p, &p->weights->matrix[mw_classifier_index(c)], p->logits, p->x); return;
    case SAMPLING: p->scores[0] = (float)mw_argmax(p->logits, c->vocab_size); return;
    default: multiply_all(p, kinds[part]); return;
    }
}

static int one_round(profile *p, int round, mw_error *err)
{
    double sum = 0, ns[PARTS];
    /* the last tokens before the operations and the first ones behind them are neighbours of both */
    int32_t token = MW_MAX_VOCAB;
    const uint64_t start = mw_clock_ns();
    for (uint32_t i = 0; i < TOKENS; i++) {
        float *logits = mw_decoder_forward(p->decoder, i == 0 ? 0 : token, POSITION + i);
        token = logits ? mw_argmax(logits, p->config->vocab_size) : -EDOM;
        if (token < 0)
            return mw_fail(err, -EDOM, "a logit is not finite; the model or a kernel is broken");
    }
    p->token_ns[round] = (double)(mw_clock_ns() - start) / TOKENS;
    for (int part = 0; part < PARTS; part++) {
        const uint64_t before = mw_clock_ns();
        run_part(p, part);
        ns[part] = (double)(mw_clock_ns() - before);
        sum += ns[part];
        p->logs[part][round] = log(fmax(ns[part], 1) / p->token_ns[round]);
    }
    p->rest[round] = 1 - sum / p->token_ns[round];
    return mw_interrupted() ? mw_fail(err, -EINTR, "interrupted") : 0;
}

static void fill(float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = i % 2 ? 0.5f : -0.25f;
}

static int open_profile(profile *p, const mw_config *c, mw_error *err)
{
    const size_t widest = c->dim > c->hidden_dim ? c->dim : c->hidden_dim;
    const size_t history = 2 * (size_t)c->n_layers * mw_kv_dim(c) * p->positions;
    p->x = malloc(widest * sizeof(float));
    p->y = malloc(widest * sizeof(float));
    p->h = malloc(widest * sizeof(float));
    p->scores = malloc((p->positions + 15) / 16 * 16 * sizeof(float));
    p->logits = malloc(c->vocab_size * sizeof(float));
    p->cache = malloc(history * sizeof(float));
    if (!p->x || !p->y || !p->h || !p->scores || !p->logits || !p->cache)
        return mw_fail(err, -ENOMEM, "no memory for the profile");
    fill(p->x, widest);
    fill(p->y, widest);
    fill(p->h, widest);
    fill(p->logits, c->vocab_size);
    fill(p->cache, history);
    return 0;
}

static void close_profile(profile *p)
{
    mw_decoder_free(p->decoder);
    free(p->x);
    free(p->y);
    free(p->h);
    free(p->scores);
    free(p->logits);
    free(p->cache);
}

static void record(mw_session *s, const mw_variant *v, profile *p)
{
    char param[48];
    for (int part = 0; part < PARTS; part++) {
        snprintf(param, sizeof param, "op=%s", names[part]);
        mw_session_record(s, v, 1,
                          &(mw_metric){.suite = "profile",
                                       .phase = "steady",
                                       .name = "op_share",
                                       .unit = "1",
                                       .value = exp(mw_process_log_ratio(p->logs[part], ROUNDS)),
                                       .n = ROUNDS,
                                       .param = param,
                                       .note = "timed by itself, over a token beside it"});
    }
    mw_sort(p->rest, ROUNDS);
    mw_sort(p->token_ns, ROUNDS);
    const struct {
        const char *name, *unit, *note;
        double value;
    } rows[] = {
        {"op_rest", "1", "a token less its operations timed by themselves", mw_percentile(p->rest, ROUNDS, 0.5)},
        {"itl_us", "us", "median over rounds", mw_percentile(p->token_ns, ROUNDS, 0.5) * 1e-3}};
    for (int i = 0; i < 2; i++)
        mw_session_record(s, v, 1,
                          &(mw_metric){.suite = "profile",
                                       .phase = "steady",
                                       .name = rows[i].name,
                                       .unit = rows[i].unit,
                                       .value = rows[i].value,
                                       .n = ROUNDS,
                                       .note = rows[i].note});
}

static int one_variant(mw_session *s, const mw_variant *v, mw_error *err)
{
    const mw_config *c = &s->model.config;
    const mw_model *model;
    mw_weights *weights = NULL;
    mw_pool *pool = NULL;
    profile *p = calloc(1, sizeof *p);
    if (!p)
        return mw_fail(err, -ENOMEM, "no memory for the profile");
    *p = (profile){.config = c, .positions = POSITION + TOKENS};
    mw_kernel_set_for(v->gemv, &p->set);
    int rc = mw_check_short(v->gemv, c->dim, c->hidden_dim, err);
    if (!rc)
        rc = mw_session_model_for(s, v, &model, err);
    if (!rc)
        rc = mw_pool_create(1, s->topology, s->cpus, s->n_cpus, &pool, err);
    if (!rc)
        rc = mw_weights_open(mw_model_source(model), v->layout, v->load, &weights, err);
    p->weights = weights;
    if (!rc)
        rc = mw_decoder_create(c, weights, &p->set, pool, p->positions, &p->decoder, err);
    if (!rc)
        rc = open_profile(p, c, err);
    if (!rc) { /* the history that tokens attend to */
        int32_t zeros[POSITION] = {0};
        rc = mw_decoder_prefill(p->decoder, zeros, POSITION, 0) ? one_round(p, 0, err) : -EINVAL;
    }
    for (int round = 0; round < ROUNDS && !rc; round++) {
        mw_progress_say(&s->progress, "profile of %s, round %d of %d", v->name, round + 1, ROUNDS);
        rc = one_round(p, round, err);
    }
    if (!rc)
        record(s, v, p);
    close_profile(p);
    mw_weights_close(weights);
    mw_pool_free(pool);
    free(p);
    return rc;
}

int mw_profile_suite(mw_session *s, const mw_variant *variants, int n, mw_error *err)
{
    int rc = 0, done = 0;
    if (s->model.config.seq_len < POSITION + TOKENS)
        return mw_fail(err, -EINVAL, "%s has %u positions, the profile takes %d", s->model.name,
                       s->model.config.seq_len, POSITION + TOKENS);
    for (int i = 0; i < n && !rc; i++) {
        rc = one_variant(s, &variants[i], err);
        done += !rc;
        if (rc == -ENOTSUP && (done > 0 || i + 1 < n))
            rc = 0; /* this system cannot load that way */
    }
    mw_progress_clear(&s->progress);
    return rc;
}
