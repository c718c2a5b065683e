#include "engine/gguf_model.h"

#include "engine/gguf_names.h"
#include "layouts/gguf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum architecture { LLAMA, QWEN2, QWEN3, ARCHITECTURES } architecture;

static const char *const architectures[ARCHITECTURES] = {"llama", "qwen2", "qwen3"};

typedef struct reader {
    const mw_gguf *g;
    architecture arch;
    char key[64];
    mw_error *err;
} reader;

/* "block_count" of architecture llama is key "llama.block_count". */
static const char *key_of(reader *r, const char *name)
{
    snprintf(r->key, sizeof r->key, "%s.%s", architectures[r->arch], name);
    return r->key;
}

static int take_architecture(reader *r)
{
    mw_gguf_text name;
    const int rc = mw_gguf_get_text(r->g, "general.architecture", &name, r->err);
    if (rc < 0)
        return rc;
    if (!rc)
        return mw_fail(r->err, -EINVAL, "%s: has no key general.architecture; is it a model?", r->g->path);
    for (r->arch = 0; r->arch < ARCHITECTURES; r->arch++)
        if (mw_gguf_is(name, architectures[r->arch]))
            return 0;
    return mw_fail(r->err, -EINVAL, "%s: a model of architecture %.*s; llama, qwen2 and qwen3 can be read here",
                   r->g->path, MW_GGUF_SHOWN(name));
}

/* Features that would change the result and that the forward pass does not have. */
static int refuse_features(reader *r)
{
    static const char *const numbers[] = {"logit_scale", "residual_scale", "embedding_scale", "attention.scale"};
    uint32_t experts = 0;
    int rc = mw_gguf_u32(r->g, key_of(r, "expert_count"), &experts, r->err);
    if (rc < 0)
        return rc;
    if (experts > 0)
        return mw_fail(r->err, -EINVAL, "%s: a mixture of %u experts; only dense models can be read here", r->g->path,
                       experts);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (mw_gguf_has(r->g, key_of(r, numbers[i])))
            return mw_fail(r->err, -EINVAL, "%s: has key %s, a feature that is not supported here", r->g->path, r->key);
    return 0;
}

/* Scaling of positions: none or linear. That of Llama 3 is a tensor. */
static int take_rope_scaling(reader *r, mw_config *c)
{
    mw_gguf_text type = {"linear", 6};
    float factor = 0;
    int rc = mw_gguf_f32(r->g, key_of(r, "rope.scale_linear"), &factor, r->err); /* its name in old files */
    if (rc >= 0)
        rc = mw_gguf_f32(r->g, key_of(r, "rope.scaling.factor"), &factor, r->err);
    if (rc >= 0)
        rc = mw_gguf_get_text(r->g, key_of(r, "rope.scaling.type"), &type, r->err);
    if (rc < 0)
        return rc;
    if (mw_gguf_is(type, "linear"))
        c->rope_scale = factor;
    else if (!mw_gguf_is(type, "none"))
        return mw_fail(r->err, -EINVAL,
                       "%s: scales its positions by method %.*s; none, linear and Llama 3's factors are supported here",
                       r->g->path, MW_GGUF_SHOWN(type));
    return 0;
}

static int take_numbers(reader *r, mw_config *c)
{
    uint32_t value_size = 0, rotated = 0;
    const struct {
        const char *name;
        uint32_t *to;
        bool needed;
    } wholes[] = {
        {"embedding_length", &c->dim, true},
        {"feed_forward_length", &c->hidden_dim, true},
        {"block_count", &c->n_layers, true},
        {"attention.head_count", &c->n_heads, true},
        {"attention.head_count_kv", &c->n_kv_heads, false},
        {"context_length", &c->seq_len, true},
        {"attention.key_length", &c->head_size, false},
        {"attention.value_length", &value_size, false},
        {"rope.dimension_count", &rotated, false},
    };
    for (size_t i = 0; i < sizeof wholes / sizeof *wholes; i++) {
        const int rc = mw_gguf_u32(r->g, key_of(r, wholes[i].name), wholes[i].to, r->err);
        if (rc < 0)
            return rc;
        if (!rc && wholes[i].needed)
            return mw_fail(r->err, -EINVAL, "%s: has no key %s; convert the model again", r->g->path, r->key);
    }
    if (!mw_gguf_has(r->g, key_of(r, "attention.head_count_kv")))
        c->n_kv_heads = c->n_heads;
    int rc = mw_gguf_f32(r->g, key_of(r, "attention.layer_norm_rms_epsilon"), &c->norm_eps, r->err);
    if (!rc)
        rc = mw_fail(r->err, -EINVAL, "%s: has no key %s; convert the model again", r->g->path, r->key);
    if (rc > 0)
        rc = mw_gguf_f32(r->g, key_of(r, "rope.freq_base"), &c->rope_base, r->err);
    if (rc >= 0)
        rc = take_rope_scaling(r, c);
    if (!rc)
        rc = mw_config_check(c, r->g->path, r->err);
    if (rc < 0)
        return rc;
    if (value_size && value_size != mw_head_size(c))
        return mw_fail(r->err, -EINVAL, "%s: its value heads have %u values, its key heads %u; they must be equal here",
                       r->g->path, value_size, mw_head_size(c));
    if (rotated && rotated != mw_head_size(c))
        return mw_fail(r->err, -EINVAL,
                       "%s: rotates %u of the %u values of a head; only all of them are supported here", r->g->path,
                       rotated, mw_head_size(c));
    return 0;
}

/* The configuration: keys, and which tensors are there. */
static int take_config(reader *r, mw_config *c)
{
    const mw_gguf_tensor *embedding = mw_gguf_tensor_named(r->g, "token_embd.weight");
    if (!embedding)
        return mw_fail(r->err, -EINVAL, "%s: has no tensor token_embd.weight%s", r->g->path,
                       r->g->n_tensors ? "; convert the model again" : ", nor any other; it is a vocabulary alone");
    const uint64_t rows = embedding->n_dims > 1 ? embedding->dims[1] : 1;
    *c = (mw_config){.vocab_size = rows > MW_MAX_VOCAB ? UINT32_MAX : (uint32_t)rows,
                     .shared_classifier = !mw_gguf_tensor_named(r->g, "output.weight"),
                     .rope_halves = r->arch != LLAMA,
                     .rope_factors = mw_gguf_tensor_named(r->g, "rope_freqs.weight"),
                     .qkv_bias = r->arch == QWEN2 || mw_gguf_tensor_named(r->g, "blk.0.attn_q.bias"),
                     .qk_norm = r->arch == QWEN3};
    return take_numbers(r, c);
}

/* --- tensors --- */

static int check_dtype(const reader *r, const mw_gguf_tensor *t, mw_tensor *to)
{
    const char *type = mw_gguf_tensor_type_of(t->type)->name;
    if (to->vector && t->type != mw_dtypes[MW_F32].id)
        return mw_fail(r->err, -EINVAL, "%s: tensor %.*s is %s; norms and biases must be f32 here", r->g->path,
                       MW_GGUF_SHOWN(t->name), type);
    if (mw_dtype_of_id(t->type, &to->dtype))
        return 0;
    char names[128] = "";
    for (int d = 0; d < MW_DTYPE_COUNT; d++) {
        const size_t n = strlen(names);
        snprintf(names + n, sizeof names - n, "%s%s", d ? ", " : "", mw_dtypes[d].name);
    }
    return mw_fail(r->err, -EINVAL, "%s: tensor %.*s is %s; these can be read here: %s", r->g->path,
                   MW_GGUF_SHOWN(t->name), type, names);
}

/* Whether a tensor has the wanted shape; dimensions of 1 may follow. */
static bool has_shape(const mw_gguf_tensor *t, const mw_tensor *wanted)
{
    bool same = t->dims[0] == wanted->cols && (t->n_dims > 1 ? t->dims[1] : 1) == wanted->rows;
    for (uint32_t i = 2; i < t->n_dims; i++)
        same = same && t->dims[i] == 1;
    return same;
}

/* "64 x 32" */
static const char *shape_of(const mw_gguf_tensor *t, char *to, size_t size)
{
    for (uint32_t i = 0, n = 0; i < t->n_dims; i++)
        n += (uint32_t)snprintf(to + n, size - n, "%s%llu", i ? " x " : "", (unsigned long long)t->dims[i]);
    return to;
}

/* One tensor of the model's table: its place and dtype. */
static int take_tensor(const reader *r, const char *name, mw_tensor *to, bool *used)
{
    const mw_gguf_tensor *t = mw_gguf_tensor_named(r->g, name);
    char shape[4 * 24];
    if (!t)
        return mw_fail(r->err, -EINVAL, "%s: has no tensor %s; convert the model again", r->g->path, name);
    used[t - r->g->tensors] = true;
    if (!has_shape(t, to))
        return mw_fail(r->err, -EINVAL, "%s: tensor %s has %s values, its model has %u x %u there", r->g->path, name,
                       shape_of(t, shape, sizeof shape), to->cols, to->rows);
    to->offset = t->offset;
    return check_dtype(r, t, to);
}

static int take_tensors(const reader *r, mw_model *m, mw_gguf_name *names, bool *used)
{
    mw_tensor_table(&m->config, m->tensors);
    mw_gguf_names(&m->config, names);
    for (size_t i = 0; i < m->n_tensors; i++) {
        int rc = take_tensor(r, names[i].text, &m->tensors[i], used);
        if (rc)
            return rc;
    }
    for (size_t i = 0; i < r->g->n_tensors; i++)
        if (!used[i])
            return mw_fail(r->err, -EINVAL, "%s: tensor %.*s is not one of a %s model that can be read here",
                           r->g->path, MW_GGUF_SHOWN(r->g->tensors[i].name), architectures[r->arch]);
    return 0;
}

static int take_model(reader *r, mw_model *m)
{
    int rc = take_architecture(r);
    if (!rc)
        rc = refuse_features(r);
    if (!rc)
        rc = take_config(r, &m->config);
    if (rc)
        return rc;
    m->n_tensors = mw_tensor_count(&m->config);
    if (m->n_tensors > r->g->n_tensors) /* before memory is taken on the word of a number of layers */
        return mw_fail(r->err, -EINVAL, "%s: has %zu tensors, its model has %zu; convert the model again", r->g->path,
                       r->g->n_tensors, m->n_tensors);
    mw_gguf_name *names = calloc(m->n_tensors, sizeof *names);
    bool *used = calloc(r->g->n_tensors, sizeof *used);
    m->tensors = calloc(m->n_tensors, sizeof *m->tensors);
    rc = m->tensors && names && used ? take_tensors(r, m, names, used)
                                     : mw_fail(r->err, -ENOMEM, "%s: no memory for its tensor table", r->g->path);
    free(names);
    free(used);
    return rc;
}

int mw_gguf_model_open(const char *path, mw_model *m, mw_error *err)
{
    *m = (mw_model){.file = {.fd = -1}, .layout = &mw_layout_rowmajor};
    mw_gguf *g = NULL;
    int rc = mw_file_open(path, &m->file, err);
    if (!rc)
        rc = mw_gguf_open(&m->file, &g, err);
    if (!rc) {
        reader r = {.g = g, .err = err};
        m->format = g->version == 2 ? "GGUF v2" : "GGUF v3";
        rc = take_model(&r, m);
    }
    mw_gguf_close(g);
    if (rc)
        mw_model_close(m);
    else
        m->dtype = mw_model_main_dtype(m);
    return rc;
}
