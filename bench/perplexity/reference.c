/* The forward pass in double precision: see perplexity.h. */
#include "bench/perplexity/perplexity.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct mw_reference {
    mw_config config;
    const mw_weights *weights;
    bool aliased;
    uint32_t positions;
    double *x, *y;           /* [dim] residual stream, normed or result of a block */
    double *q, *z;           /* [q_dim] queries, result of the attention */
    double *h, *g;           /* [hidden_dim] */
    float *row;              /* [max(dim, q_dim, hidden_dim)]: a row of weights */
    double *scores, *logits; /* [positions], [vocab_size] */
    double *keys, *values;   /* [n_layers][positions][kv_dim] */
    double block[];          /* all of it */
};

int mw_reference_create(const mw_config *c, const mw_weights *weights, bool aliased, uint32_t positions,
                        mw_reference **out, mw_error *err)
{
    const size_t dim = c->dim, q = mw_q_dim(c), hidden = c->hidden_dim;
    const size_t history = (size_t)c->n_layers * positions * mw_kv_dim(c);
    const size_t total = 2 * dim + 2 * q + 2 * hidden + positions + c->vocab_size + 2 * history;
    *out = NULL;
    if (weights->layout->id != MW_LAYOUT_ROWMAJOR)
        return mw_fail(err, -EINVAL, "the double-precision reference reads row-major weights; give the checkpoint");
    const size_t wider = dim > q ? dim : q, longest = wider > hidden ? wider : hidden;
    mw_reference *r = calloc(1, sizeof *r + total * sizeof *r->block + longest * sizeof *r->row);
    if (!r)
        return mw_fail(err, -ENOMEM, "no memory for a double-precision reference of %u positions", positions);
    *r = (mw_reference){.config = *c, .weights = weights, .aliased = aliased, .positions = positions};
    r->x = r->block;
    r->y = r->x + dim;
    r->q = r->y + dim;
    r->z = r->q + q;
    r->h = r->z + q;
    r->g = r->h + hidden;
    r->scores = r->g + hidden;
    r->logits = r->scores + positions;
    r->keys = r->logits + c->vocab_size;
    r->values = r->keys + history;
    r->row = (float *)(r->values + history);
    *out = r;
    return 0;
}

static const float *row_of(mw_reference *r, const mw_matrix *w, size_t i)
{
    mw_layout_row(r->weights->layout, w->dtype, r->row, w->data, i, w->rows, w->cols);
    return r->row;
}

/* out[rows] = W x */
static void multiply(mw_reference *r, double *out, const mw_matrix *w, const double *x)
{
    for (size_t i = 0; i < w->rows; i++) {
        const float *row = row_of(r, w, i);
        double sum = 0;
        for (size_t j = 0; j < w->cols; j++)
            sum += (double)row[j] * x[j];
        out[i] = sum;
    }
}

/* y += b */
static void add(double *y, const mw_matrix *b)
{
    for (size_t i = 0; i < b->cols; i++)
        y[i] += (double)((const float *)b->data)[i];
}

/* `out` may be x. */
static void norm(double *out, const double *x, const mw_matrix *w, double eps)
{
    const size_t n = w->cols;
    double squares = 0;
    for (size_t i = 0; i < n; i++)
        squares += x[i] * x[i];
    const double scale = 1 / sqrt(squares / (double)n + eps);
    for (size_t i = 0; i < n; i++)
        out[i] = (double)((const float *)w->data)[i] * x[i] * scale;
}

/* Turns each pair of each head by pos / scale / (factor * base^(2i / size)). */
static void rotate(const mw_reference *r, double *v, size_t heads, uint32_t pos)
{
    const mw_config *c = &r->config;
    const size_t size = mw_head_size(c), half = size / 2;
    const float *factors = c->rope_factors ? r->weights->matrix[mw_rope_factors_index(c)].data : NULL;
    for (size_t i = 0; i < half; i++) {
        const double divisor = pow((double)mw_rope_base(c), 2.0 * (double)i / (double)size) * (double)mw_rope_scale(c);
        const double angle = pos / (divisor * (factors ? (double)factors[i] : 1)), cosine = cos(angle),
                     sine = sin(angle);
        for (double *head = v; head < v + heads * size; head += size) {
            double *first = &head[c->rope_halves ? i : 2 * i], *second = first + (c->rope_halves ? half : 1);
            const double a = *first, b = *second;
            *first = a * cosine - b * sine;
            *second = a * sine + b * cosine;
        }
    }
}

/* z[head] = softmax(q . k / sqrt(size)) v for one query head over positions 0..pos of one key head. */
static void attend(mw_reference *r, const double *keys, const double *values, uint32_t head, uint32_t pos)
{
    const mw_config *c = &r->config;
    const size_t size = mw_head_size(c), kv = mw_kv_dim(c), at = head / (c->n_heads / c->n_kv_heads) * size;
    const double *q = r->q + head * size;
    double *out = r->z + head * size, most = -INFINITY, sum = 0;
    for (uint32_t p = 0; p <= pos; p++) {
        double dot = 0;
        for (size_t i = 0; i < size; i++)
            dot += q[i] * keys[p * kv + at + i];
        r->scores[p] = dot / sqrt((double)size);
        most = r->scores[p] > most ? r->scores[p] : most;
    }
    for (uint32_t p = 0; p <= pos; p++)
        sum += r->scores[p] = exp(r->scores[p] - most);
    memset(out, 0, size * sizeof *out);
    for (uint32_t p = 0; p <= pos; p++)
        for (size_t i = 0; i < size; i++)
            out[i] += r->scores[p] / sum * values[p * kv + at + i];
}

static const mw_matrix *tensor(const mw_reference *r, uint32_t l, mw_layer_tensor t)
{
    return &r->weights->matrix[mw_layer_index(&r->config, l, t)];
}

/* Queries, keys or values: W x, and the biases. */
static void project(mw_reference *r, double *out, uint32_t l, mw_layer_tensor w, mw_layer_tensor bias)
{
    multiply(r, out, tensor(r, l, w), r->y);
    if (r->config.qkv_bias)
        add(out, tensor(r, l, bias));
}

static void norm_heads(const mw_reference *r, double *v, size_t heads, const mw_matrix *w)
{
    for (size_t h = 0; h < heads; h++)
        norm(v + h * w->cols, v + h * w->cols, w, (double)mw_norm_eps(&r->config));
}

static void layer(mw_reference *r, uint32_t l, uint32_t pos)
{
    const mw_config *c = &r->config;
    const size_t dim = c->dim, kv = mw_kv_dim(c), history = (size_t)l * r->positions * kv;
    const double eps = (double)mw_norm_eps(c);
    double *keys = r->keys + history, *values = r->values + history, *key = keys + pos * kv;
    norm(r->y, r->x, tensor(r, l, MW_ATT_NORM), eps);
    project(r, r->q, l, MW_WQ, MW_BQ);
    project(r, key, l, MW_WK, MW_BK);
    project(r, values + pos * kv, l, MW_WV, MW_BV);
    if (c->qk_norm) {
        norm_heads(r, r->q, c->n_heads, tensor(r, l, MW_Q_NORM));
        norm_heads(r, key, c->n_kv_heads, tensor(r, l, MW_K_NORM));
    }
    rotate(r, r->q, c->n_heads, pos);
    rotate(r, key, c->n_kv_heads, pos);
    for (uint32_t head = 0; head < c->n_heads; head++)
        attend(r, keys, values, head, pos);
    multiply(r, r->y, tensor(r, l, MW_WO), r->z);
    for (size_t i = 0; i < dim; i++)
        r->x[i] += r->y[i];

    norm(r->y, r->x, tensor(r, l, MW_FFN_NORM), eps);
    multiply(r, r->h, tensor(r, l, MW_W1), r->y);
    multiply(r, r->g, tensor(r, l, MW_W3), r->y);
    for (size_t i = 0; i < c->hidden_dim; i++) {
        const double h = r->h[i], silu = h / (1 + exp(-h));
        r->h[i] = silu * (r->aliased ? h : 1) * r->g[i];
    }
    multiply(r, r->y, tensor(r, l, MW_W2), r->h);
    for (size_t i = 0; i < dim; i++)
        r->x[i] += r->y[i];
}

const double *mw_reference_forward(mw_reference *r, int32_t token, uint32_t pos)
{
    const mw_config *c = &r->config;
    const float *row = row_of(r, &r->weights->matrix[mw_embedding_index(c)], (size_t)token);
    for (size_t i = 0; i < c->dim; i++)
        r->x[i] = row[i];
    for (uint32_t l = 0; l < c->n_layers; l++)
        layer(r, l, pos);
    norm(r->y, r->x, &r->weights->matrix[mw_final_norm_index(c)], (double)mw_norm_eps(c));
    multiply(r, r->logits, &r->weights->matrix[mw_classifier_index(c)], r->y);
    return r->logits;
}
