#include "engine/model.h"

#include "kernels/ops.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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
    const uint64_t f = sizeof(float), dim = c->dim, q = mw_q_dim(c), kv = mw_kv_dim(c), hidden = c->hidden_dim;
    const uint64_t heads = c->n_heads, size = mw_head_size(c), seen = (uint64_t)pos + 1;
    const uint64_t from_dim = q + 2 * kv + 2 * hidden; /* rows of the matrices with dim columns */
    const uint64_t biases = c->qkv_bias ? q + 2 * kv : 0, normed = c->qk_norm ? heads + c->n_kv_heads : 0; /* heads */
    const uint64_t vectors = 2 * dim + biases + (c->qk_norm ? 2 * size : 0);
    mw_token_cost t = {0};
    t.weight_bytes = c->n_layers * (matrix_bytes(dtype, from_dim, c->dim) + matrix_bytes(dtype, dim, mw_q_dim(c)) +
                                    matrix_bytes(dtype, dim, c->hidden_dim) + f * vectors);
    t.weight_bytes += f * dim + matrix_bytes(dtype, c->vocab_size, c->dim) + matrix_bytes(dtype, 1, c->dim);
    t.kv_bytes = f * c->n_layers * (2 * kv * seen + 2 * kv);
    const uint64_t layer = flops(MW_OP_GEMV, from_dim, dim) + flops(MW_OP_GEMV, dim, q) +
                           flops(MW_OP_GEMV, dim, hidden) + 2 * flops(MW_OP_RMSNORM, 1, dim) + biases +
                           normed * flops(MW_OP_RMSNORM, 1, size) + flops(MW_OP_ROPE, heads + c->n_kv_heads, size) +
                           heads * flops(MW_OP_ATTENTION, seen, size) + flops(MW_OP_SWIGLU, 1, hidden) + 2 * dim;
    t.flops = c->n_layers * layer + flops(MW_OP_RMSNORM, 1, dim) + flops(MW_OP_GEMV, c->vocab_size, dim);
    return t;
}

mw_dtype mw_model_main_dtype(const mw_model *m)
{
    uint64_t weights[MW_DTYPE_COUNT] = {0};
    mw_dtype most = MW_F32;
    for (size_t i = 0; i < m->n_tensors; i++)
        if (!m->tensors[i].vector)
            weights[m->tensors[i].dtype] += (uint64_t)m->tensors[i].rows * m->tensors[i].cols;
    for (int d = 0; d < MW_DTYPE_COUNT; d++)
        most = weights[d] > weights[most] ? (mw_dtype)d : most;
    return most;
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

int mw_model_tensors_as(const mw_model *m, mw_dtype dtype, mw_tensor **out, mw_error *err)
{
    if (m->dtype != MW_F32 && m->dtype != dtype)
        return mw_fail(err, -EINVAL, "%s: holds %s weights, which cannot become %s; give a file with f32 weights",
                       m->file.path, mw_dtypes[m->dtype].name, mw_dtypes[dtype].name);
    mw_tensor *tensors = *out = malloc(m->n_tensors * sizeof *tensors);
    if (!tensors)
        return mw_fail(err, -ENOMEM, "%s: no memory for its tensor table", m->file.path);
    memcpy(tensors, m->tensors, m->n_tensors * sizeof *tensors);
    for (size_t i = 0; i < m->n_tensors && m->dtype == MW_F32; i++)
        if (tensors[i].dtype == MW_F32)
            tensors[i].dtype = mw_tensor_dtype(&tensors[i], dtype);
    return 0;
}

bool mw_model_has_dtypes(const mw_model *m, const mw_tensor *table)
{
    bool same = true;
    for (size_t i = 0; i < m->n_tensors; i++)
        same &= m->tensors[i].dtype == table[i].dtype;
    return same;
}

void mw_model_close(mw_model *model)
{
    mw_file_close(&model->file);
    free(model->tensors);
    model->tensors = NULL;
}
