#include "engine/model_bytes.h"

const char *const mw_part_names[MW_PART_COUNT] = {"embedding", "attention", "ffn", "output", "norms"};

static mw_part part_of(mw_layer_tensor k)
{
    switch (k) {
    case MW_ATT_NORM:
    case MW_FFN_NORM:
    case MW_Q_NORM:
    case MW_K_NORM: return MW_PART_NORMS;
    case MW_W1:
    case MW_W2:
    case MW_W3: return MW_PART_FFN;
    default: return MW_PART_ATTENTION;
    }
}

/* `rows` rows of tensor `index`. */
static void count(mw_model_bytes *b, const mw_model *m, mw_part part, size_t index, uint64_t rows)
{
    const mw_tensor *t = &m->tensors[index];
    b->of[part][t->dtype] += rows * mw_dtype_bytes(t->dtype, t->cols);
}

mw_model_bytes mw_model_count_bytes(const mw_model *m)
{
    const mw_config *c = &m->config;
    mw_model_bytes b = {0};
    for (uint32_t l = 0; l < c->n_layers; l++)
        for (mw_layer_tensor k = 0; k < MW_LAYER_TENSORS; k++)
            if (mw_layer_has(c, k))
                count(&b, m, part_of(k), mw_layer_index(c, l, k), m->tensors[mw_layer_index(c, l, k)].rows);
    count(&b, m, MW_PART_NORMS, mw_final_norm_index(c), 1);
    count(&b, m, MW_PART_OUTPUT, mw_classifier_index(c), c->vocab_size);
    count(&b, m, MW_PART_EMBEDDING, mw_embedding_index(c), 1);
    return b;
}

uint64_t mw_bytes_of_part(const mw_model_bytes *b, mw_part part)
{
    uint64_t sum = 0;
    for (int d = 0; d < MW_DTYPE_COUNT; d++)
        sum += b->of[part][d];
    return sum;
}

uint64_t mw_bytes_of_dtype(const mw_model_bytes *b, mw_dtype dtype)
{
    uint64_t sum = 0;
    for (int p = 0; p < MW_PART_COUNT; p++)
        sum += b->of[p][dtype];
    return sum;
}

uint64_t mw_bytes_of_all(const mw_model_bytes *b)
{
    uint64_t sum = 0;
    for (int p = 0; p < MW_PART_COUNT; p++)
        sum += mw_bytes_of_part(b, (mw_part)p);
    return sum;
}

uint64_t mw_model_kv_bytes(const mw_config *c)
{
    return (uint64_t)c->n_layers * 2 * mw_kv_dim(c) * sizeof(float);
}

mw_token_cost mw_model_cost(const mw_model *m, mw_dtype dtype, uint32_t pos)
{
    mw_token_cost t = mw_model_token_cost(&m->config, dtype, pos);
    if (dtype != m->dtype)
        return t;
    const mw_model_bytes bytes = mw_model_count_bytes(m);
    t.weight_bytes = mw_bytes_of_all(&bytes);
    return t;
}
