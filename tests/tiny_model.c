#include "tests/tiny_model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double uniform(uint64_t *state)
{
    *state = *state * 6364136223846793005ull + 1442695040888963407ull;
    return (double)(*state >> 40) / (1 << 23) - 1.0;
}

static float *values(uint64_t *state, size_t n, double mean, double spread)
{
    float *x = malloc(n * sizeof *x);
    for (size_t i = 0; x && i < n; i++)
        x[i] = (float)(mean + spread * uniform(state));
    return x;
}

tiny tiny_make(mw_config c, uint64_t seed)
{
    size_t L = c.n_layers, d = c.dim, h = c.hidden_dim, kv = (size_t)c.dim / c.n_heads * c.n_kv_heads, v = c.vocab_size;
    double in = 1.7 / sqrt((double)d), hidden = 1.7 / sqrt((double)h);
    uint64_t *s = &seed;
    tiny t = {.c = c};
    t.embedding = values(s, v * d, 0, 1);
    t.att_norm = values(s, L * d, 1, 0.3);
    t.wq = values(s, L * d * d, 0, in);
    t.wk = values(s, L * kv * d, 0, in);
    t.wv = values(s, L * kv * d, 0, in);
    t.wo = values(s, L * d * d, 0, in);
    t.ffn_norm = values(s, L * d, 1, 0.3);
    t.w1 = values(s, L * h * d, 0, in);
    t.w2 = values(s, L * d * h, 0, hidden);
    t.w3 = values(s, L * h * d, 0, in);
    t.final_norm = values(s, d, 1, 0.3);
    t.classifier = c.shared_classifier ? t.embedding : values(s, v * d, 0, in);
    t.keys = calloc(L * c.seq_len * kv, sizeof(double));
    t.values = calloc(L * c.seq_len * kv, sizeof(double));
    return t;
}

void tiny_free(tiny *t)
{
    float *all[] = {t->att_norm, t->wq, t->wk, t->wv, t->wo, t->ffn_norm, t->w1, t->w2, t->w3, t->final_norm};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        free(all[i]);
    if (t->classifier != t->embedding)
        free(t->classifier);
    free(t->embedding);
    free(t->keys);
    free(t->values);
}

bool tiny_write(const tiny *t, int version, const char *path)
{
    const mw_config *c = &t->c;
    size_t L = c->n_layers, d = c->dim, h = c->hidden_dim, hs = (size_t)c->dim / c->n_heads, kv = hs * c->n_kv_heads;
    size_t v = c->vocab_size;
    FILE *f = fopen(path, "wb");
    if (!f)
        return false;
    int32_t vocab = version == 0 && !c->shared_classifier ? -(int32_t)v : (int32_t)v;
    int32_t head[7] = {(int32_t)d, (int32_t)h,         (int32_t)L, (int32_t)c->n_heads, (int32_t)c->n_kv_heads,
                       vocab,      (int32_t)c->seq_len};
    if (version == 1) {
        unsigned char page[256] = "24ka\1"; /* 0x616b3432 and 1, little-endian */
        memcpy(page + 8, head, sizeof head);
        page[36] = c->shared_classifier;
        fwrite(page, 1, sizeof page, f);
        fwrite(t->att_norm, 4, L * d, f);
        fwrite(t->ffn_norm, 4, L * d, f);
        fwrite(t->final_norm, 4, d, f);
        fwrite(t->embedding, 4, v * d, f);
    } else {
        fwrite(head, 1, sizeof head, f);
        fwrite(t->embedding, 4, v * d, f);
        fwrite(t->att_norm, 4, L * d, f);
    }
    fwrite(t->wq, 4, L * d * d, f);
    fwrite(t->wk, 4, L * kv * d, f);
    fwrite(t->wv, 4, L * kv * d, f);
    fwrite(t->wo, 4, L * d * d, f);
    if (version == 0)
        fwrite(t->ffn_norm, 4, L * d, f);
    fwrite(t->w1, 4, L * h * d, f);
    fwrite(t->w2, 4, L * d * h, f);
    fwrite(t->w3, 4, L * h * d, f);
    if (version == 0) {
        fwrite(t->final_norm, 4, d, f);
        for (size_t i = 0; i < c->seq_len * hs; i++) /* unused tables; a reader that does use them shall notice */
            fwrite(&(float){1e30f}, 4, 1, f);
    }
    if (!c->shared_classifier)
        fwrite(t->classifier, 4, v * d, f);
    return fclose(f) == 0;
}

static void multiply(double *y, const float *w, const double *x, size_t rows, size_t cols)
{
    for (size_t i = 0; i < rows; i++) {
        y[i] = 0;
        for (size_t j = 0; j < cols; j++)
            y[i] += w[i * cols + j] * x[j];
    }
}

static void norm(double *y, const double *x, const float *w, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i] * x[i];
    for (size_t i = 0; i < n; i++)
        y[i] = x[i] / sqrt(sum / (double)n + 1e-5) * w[i];
}

static void rotate(double *v, size_t n, size_t head_size, int pos)
{
    for (size_t i = 0; i < n; i += 2) {
        double angle = pos * pow(10000.0, -(double)(i % head_size) / (double)head_size);
        double a = v[i], b = v[i + 1];
        v[i] = a * cos(angle) - b * sin(angle);
        v[i + 1] = a * sin(angle) + b * cos(angle);
    }
}

/* Attention of one query head over positions 0..pos. */
static void attend(double *out, const double *q, const double *keys, const double *vals, size_t size, size_t stride,
                   int pos)
{
    double score[1024], sum = 0, most = -INFINITY;
    for (int t = 0; t <= pos; t++) {
        score[t] = 0;
        for (size_t i = 0; i < size; i++)
            score[t] += q[i] * keys[(size_t)t * stride + i] / sqrt((double)size);
        most = fmax(most, score[t]);
    }
    for (int t = 0; t <= pos; t++)
        sum += score[t] = exp(score[t] - most);
    for (size_t i = 0; i < size; i++) {
        out[i] = 0;
        for (int t = 0; t <= pos; t++)
            out[i] += score[t] / sum * vals[(size_t)t * stride + i];
    }
}

void tiny_forward(tiny *t, int token, int pos, double *logits)
{
    const mw_config *c = &t->c;
    size_t d = c->dim, h = c->hidden_dim, hs = (size_t)c->dim / c->n_heads, kv = hs * c->n_kv_heads;
    double *x = calloc(5 * d + 2 * h, sizeof *x), *n = x + d, *q = n + d, *a = q + d, *y = a + d, *g = y + d,
           *u = g + h;
    for (size_t i = 0; i < d; i++)
        x[i] = t->embedding[(size_t)token * d + i];
    for (size_t l = 0; l < c->n_layers; l++) {
        double *layer_keys = t->keys + l * c->seq_len * kv, *layer_values = t->values + l * c->seq_len * kv;
        double *k = layer_keys + (size_t)pos * kv, *v = layer_values + (size_t)pos * kv;
        norm(n, x, t->att_norm + l * d, d);
        multiply(q, t->wq + l * d * d, n, d, d);
        multiply(k, t->wk + l * kv * d, n, kv, d);
        multiply(v, t->wv + l * kv * d, n, kv, d);
        rotate(q, d, hs, pos);
        rotate(k, kv, hs, pos);
        for (size_t head = 0; head < c->n_heads; head++) {
            size_t from = head / (c->n_heads / c->n_kv_heads) * hs;
            attend(a + head * hs, q + head * hs, layer_keys + from, layer_values + from, hs, kv, pos);
        }
        multiply(y, t->wo + l * d * d, a, d, d);
        for (size_t i = 0; i < d; i++)
            x[i] += y[i];
        norm(n, x, t->ffn_norm + l * d, d);
        multiply(g, t->w1 + l * h * d, n, h, d);
        multiply(u, t->w3 + l * h * d, n, h, d);
        for (size_t i = 0; i < h; i++)
            g[i] = g[i] / (1 + exp(-g[i])) * u[i];
        multiply(y, t->w2 + l * d * h, g, d, h);
        for (size_t i = 0; i < d; i++)
            x[i] += y[i];
    }
    norm(n, x, t->final_norm, d);
    multiply(logits, t->classifier, n, c->vocab_size, d);
    free(x);
}
