#include "engine/model.h"

#include "kernels/ops.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int mw_config_check(const mw_config *c, const char *where, mw_error *err)
{
    const struct {
        const char *name;
        uint32_t value, most;
    } fields[] = {
        {"dim", c->dim, MW_MAX_DIM},
        {"hidden_dim", c->hidden_dim, MW_MAX_DIM},
        {"n_layers", c->n_layers, MW_MAX_LAYERS},
        {"n_heads", c->n_heads, MW_MAX_DIM},
        {"n_kv_heads", c->n_kv_heads, MW_MAX_DIM},
        {"vocab_size", c->vocab_size, MW_MAX_VOCAB},
        {"seq_len", c->seq_len, MW_MAX_SEQ_LEN},
    };
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (fields[i].value < 1 || fields[i].value > fields[i].most)
            return mw_fail(err, -EINVAL, "%s: %s is %d, expected 1 to %u; not a Llama-2 checkpoint?", where,
                           fields[i].name, (int32_t)fields[i].value, fields[i].most);
    if (c->dim % c->n_heads)
        return mw_fail(err, -EINVAL, "%s: dim %u is not a multiple of n_heads %u; not a Llama-2 checkpoint?", where,
                       c->dim, c->n_heads);
    if (c->n_heads % c->n_kv_heads)
        return mw_fail(err, -EINVAL, "%s: n_heads %u is not a multiple of n_kv_heads %u; not a Llama-2 checkpoint?",
                       where, c->n_heads, c->n_kv_heads);
    if (mw_head_size(c) % 2)
        return mw_fail(err, -EINVAL, "%s: head size %u is odd, rotary embedding needs pairs; not a Llama-2 checkpoint?",
                       where, mw_head_size(c));
    return 0;
}

bool mw_config_same(const mw_config *a, const mw_config *b)
{
    return a->dim == b->dim && a->hidden_dim == b->hidden_dim && a->n_layers == b->n_layers &&
           a->n_heads == b->n_heads && a->n_kv_heads == b->n_kv_heads && a->vocab_size == b->vocab_size &&
           a->seq_len == b->seq_len && a->shared_classifier == b->shared_classifier;
}

static void set(mw_tensor *t, const char *name, uint32_t rows, uint32_t cols)
{
    *t = (mw_tensor){.rows = rows, .cols = cols, .vector = rows == 0};
    if (t->vector)
        t->rows = 1;
    snprintf(t->name, sizeof t->name, "%s", name);
}

void mw_tensor_table(const mw_config *c, mw_tensor *table)
{
    const uint32_t dim = c->dim, kv = mw_kv_dim(c), hidden = c->hidden_dim;
    const struct {
        const char *name;
        uint32_t rows, cols;
    } of_layer[MW_LAYER_TENSORS] = {
        [MW_ATT_NORM] = {"att_norm", 0, dim},
        [MW_WQ] = {"wq", dim, dim},
        [MW_WK] = {"wk", kv, dim},
        [MW_WV] = {"wv", kv, dim},
        [MW_WO] = {"wo", dim, dim},
        [MW_FFN_NORM] = {"ffn_norm", 0, dim},
        [MW_W1] = {"w1", hidden, dim},
        [MW_W3] = {"w3", hidden, dim},
        [MW_W2] = {"w2", dim, hidden},
    };
    for (uint32_t l = 0; l < c->n_layers; l++)
        for (int k = 0; k < MW_LAYER_TENSORS; k++) {
            char name[24];
            snprintf(name, sizeof name, "layers.%u.%s", l, of_layer[k].name);
            set(&table[mw_layer_index(l, (mw_layer_tensor)k)], name, of_layer[k].rows, of_layer[k].cols);
        }
    set(&table[mw_final_norm_index(c)], "final_norm", 0, dim);
    set(&table[mw_embedding_index(c)], "embedding", c->vocab_size, dim);
    set(&table[mw_classifier_index(c)], "classifier", c->vocab_size, dim);
}

uint64_t mw_model_parameters(const mw_config *c)
{
    /* a token needs all of them except the embedding, of which it takes one row */
    const uint64_t needed = mw_model_token_cost(c, MW_F32, 0).weight_bytes / sizeof(float) - c->dim;
    return needed + (c->shared_classifier ? 0 : (uint64_t)c->vocab_size * c->dim);
}

static uint64_t flops(mw_op op, uint64_t rows, uint64_t cols)
{
    return mw_op_cost(op, MW_F32, rows, cols).flops;
}

static uint64_t matrix_bytes(mw_dtype wanted, uint64_t rows, uint32_t cols)
{
    return rows * mw_dtype_bytes(mw_tensor_dtype(&(mw_tensor){.cols = cols}, wanted), cols);
}

mw_token_cost mw_model_token_cost(const mw_config *c, mw_dtype dtype, uint32_t pos)
{
    const uint64_t f = sizeof(float), dim = c->dim, kv = mw_kv_dim(c), hidden = c->hidden_dim;
    const uint64_t heads = c->n_heads, size = mw_head_size(c), seen = (uint64_t)pos + 1;
    const uint64_t from_dim = 2 * dim + 2 * kv + 2 * hidden; /* rows of the matrices with dim columns */
    mw_token_cost t = {0};
    t.weight_bytes =
        c->n_layers * (matrix_bytes(dtype, from_dim, c->dim) + matrix_bytes(dtype, dim, c->hidden_dim) + f * 2 * dim);
    t.weight_bytes += f * dim + matrix_bytes(dtype, c->vocab_size, c->dim) + matrix_bytes(dtype, 1, c->dim);
    t.kv_bytes = f * c->n_layers * (2 * kv * seen + 2 * kv);
    const uint64_t layer = flops(MW_OP_GEMV, from_dim, dim) + flops(MW_OP_GEMV, dim, hidden) +
                           2 * flops(MW_OP_RMSNORM, 1, dim) + flops(MW_OP_ROPE, heads + c->n_kv_heads, size) +
                           heads * flops(MW_OP_ATTENTION, seen, size) + flops(MW_OP_SWIGLU, 1, hidden) + 2 * dim;
    t.flops = c->n_layers * layer + flops(MW_OP_RMSNORM, 1, dim) + flops(MW_OP_GEMV, c->vocab_size, dim);
    return t;
}

uint64_t mw_model_prefill_flops(const mw_config *c, size_t n)
{
    const uint64_t last = flops(MW_OP_RMSNORM, 1, c->dim) + flops(MW_OP_GEMV, c->vocab_size, c->dim);
    uint64_t all = last;
    for (size_t pos = 0; pos < n; pos++)
        all += mw_model_token_cost(c, MW_F32, (uint32_t)pos).flops - last;
    return all;
}

uint64_t mw_model_swept_bytes(const mw_config *c, const mw_weights *w)
{
    uint64_t bytes = mw_dtype_bytes(w->matrix[mw_embedding_index(c)].dtype, c->dim); /* the embedding's row */
    for (size_t i = 0; i <= mw_classifier_index(c); i++)
        bytes += mw_matrix_bytes(w, i);
    return bytes;
}

int mw_model_apart(const mw_model *m, const char *path, mw_error *err)
{
    struct stat from, there;
    if (fstat(m->file.fd, &from) == 0 && stat(path, &there) == 0 && from.st_dev == there.st_dev &&
        from.st_ino == there.st_ino)
        return mw_fail(err, -EINVAL, "%s: is the checkpoint itself; choose another name for the new file", path);
    return 0;
}

void mw_model_close(mw_model *model)
{
    mw_file_close(&model->file);
    free(model->tensors);
    model->tensors = NULL;
}
