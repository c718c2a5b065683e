#include "engine/config.h"

#include <errno.h>
#include <stdio.h>

#define DOUBT "not a model that memwall reads?"

static int check_counts(const mw_config *c, const char *where, mw_error *err)
{
    const struct {
        const char *name;
        uint32_t value, least, most;
    } fields[] = {
        {"dim", c->dim, 1, MW_MAX_DIM},
        {"hidden_dim", c->hidden_dim, 1, MW_MAX_DIM},
        {"n_layers", c->n_layers, 1, MW_MAX_LAYERS},
        {"n_heads", c->n_heads, 1, MW_MAX_DIM},
        {"n_kv_heads", c->n_kv_heads, 1, MW_MAX_DIM},
        {"vocab_size", c->vocab_size, 1, MW_MAX_VOCAB},
        {"seq_len", c->seq_len, 1, MW_MAX_SEQ_LEN},
        {"head_size", c->head_size, 0, MW_MAX_DIM},
    };
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (fields[i].value < fields[i].least || fields[i].value > fields[i].most)
            return mw_fail(err, -EINVAL, "%s: %s is %d, expected %u to %u; " DOUBT, where, fields[i].name,
                           (int32_t)fields[i].value, fields[i].least, fields[i].most);
    if (!c->head_size && c->dim % c->n_heads)
        return mw_fail(err, -EINVAL, "%s: dim %u is not a multiple of n_heads %u; " DOUBT, where, c->dim, c->n_heads);
    if (c->n_heads % c->n_kv_heads)
        return mw_fail(err, -EINVAL, "%s: n_heads %u is not a multiple of n_kv_heads %u; " DOUBT, where, c->n_heads,
                       c->n_kv_heads);
    if (mw_head_size(c) % 2)
        return mw_fail(err, -EINVAL, "%s: head size %u is odd, rotary embedding needs pairs; " DOUBT, where,
                       mw_head_size(c));
    if ((uint64_t)mw_head_size(c) * c->n_heads > MW_MAX_DIM)
        return mw_fail(err, -EINVAL, "%s: %u heads of %u values are more than %d; " DOUBT, where, c->n_heads,
                       mw_head_size(c), MW_MAX_DIM);
    return 0;
}

int mw_config_check(const mw_config *c, const char *where, mw_error *err)
{
    int rc = check_counts(c, where, err);
    if (rc)
        return rc;
    /* within these powers and quotients in float neither overflow nor vanish; written so that NaN fails */
    const struct {
        const char *name;
        double value, least, most;
    } fields[] = {
        {"the epsilon of its norms", (double)mw_norm_eps(c), 1e-12, 1},
        {"its rope base", (double)mw_rope_base(c), 1, 1e12},
        {"its rope scale", (double)mw_rope_scale(c), 1e-3, 1e6},
    };
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (!(fields[i].value >= fields[i].least && fields[i].value <= fields[i].most))
            return mw_fail(err, -EINVAL, "%s: %s is %g, expected %g to %g; " DOUBT, where, fields[i].name,
                           fields[i].value, fields[i].least, fields[i].most);
    return 0;
}

mw_config mw_config_plain(const mw_config *config)
{
    static const mw_config llama2 = {0};
    mw_config c = *config;
    c.head_size = c.head_size == c.dim / c.n_heads && c.dim % c.n_heads == 0 ? 0 : c.head_size;
    c.norm_eps = c.norm_eps == mw_norm_eps(&llama2) ? 0 : c.norm_eps;
    c.rope_base = c.rope_base == mw_rope_base(&llama2) ? 0 : c.rope_base;
    c.rope_scale = c.rope_scale == mw_rope_scale(&llama2) ? 0 : c.rope_scale;
    return c;
}

bool mw_config_is_llama2(const mw_config *config)
{
    const mw_config c = mw_config_plain(config);
    return !c.head_size && c.norm_eps == 0 && c.rope_base == 0 && c.rope_scale == 0 && !c.rope_halves &&
           !c.rope_factors && !c.qkv_bias && !c.qk_norm;
}

const char *mw_config_text(const mw_config *config, char to[MW_CONFIG_TEXT])
{
    const mw_config c = mw_config_plain(config);
    int n = 0;
    to[0] = '\0';
    if (c.head_size)
        n += snprintf(to + n, MW_CONFIG_TEXT - (size_t)n, ", head size %u", c.head_size);
    if (c.norm_eps != 0)
        n += snprintf(to + n, MW_CONFIG_TEXT - (size_t)n, ", norm epsilon %g", (double)c.norm_eps);
    if (c.rope_base != 0)
        n += snprintf(to + n, MW_CONFIG_TEXT - (size_t)n, ", rope base %g", (double)c.rope_base);
    if (c.rope_scale != 0)
        n += snprintf(to + n, MW_CONFIG_TEXT - (size_t)n, ", rope scale %g", (double)c.rope_scale);
    snprintf(to + n, MW_CONFIG_TEXT - (size_t)n, "%s%s%s%s", c.rope_halves ? ", rope pairs by halves" : "",
             c.rope_factors ? ", rope factors" : "", c.qkv_bias ? ", biases of q, k and v" : "",
             c.qk_norm ? ", norms of query and key heads" : "");
    return to;
}

bool mw_config_same(const mw_config *a, const mw_config *b)
{
    return a->dim == b->dim && a->hidden_dim == b->hidden_dim && a->n_layers == b->n_layers &&
           a->n_heads == b->n_heads && a->n_kv_heads == b->n_kv_heads && a->vocab_size == b->vocab_size &&
           a->seq_len == b->seq_len && a->shared_classifier == b->shared_classifier &&
           mw_head_size(a) == mw_head_size(b) && mw_norm_eps(a) == mw_norm_eps(b) &&
           mw_rope_base(a) == mw_rope_base(b) && mw_rope_scale(a) == mw_rope_scale(b) &&
           a->rope_halves == b->rope_halves && a->rope_factors == b->rope_factors && a->qkv_bias == b->qkv_bias &&
           a->qk_norm == b->qk_norm;
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
    const uint32_t dim = c->dim, q = mw_q_dim(c), kv = mw_kv_dim(c), hidden = c->hidden_dim, size = mw_head_size(c);
    const struct {
        const char *name;
        uint32_t rows, cols; /* no rows: a vector */
    } of_layer[MW_LAYER_TENSORS] = {
        [MW_ATT_NORM] = {"att_norm", 0, dim},
        [MW_WQ] = {"wq", q, dim},
        [MW_WK] = {"wk", kv, dim},
        [MW_WV] = {"wv", kv, dim},
        [MW_BQ] = {"bq", 0, q},
        [MW_BK] = {"bk", 0, kv},
        [MW_BV] = {"bv", 0, kv},
        [MW_Q_NORM] = {"q_norm", 0, size},
        [MW_K_NORM] = {"k_norm", 0, size},
        [MW_WO] = {"wo", dim, q},
        [MW_FFN_NORM] = {"ffn_norm", 0, dim},
        [MW_W1] = {"w1", hidden, dim},
        [MW_W3] = {"w3", hidden, dim},
        [MW_W2] = {"w2", dim, hidden},
    };
    for (uint32_t l = 0; l < c->n_layers; l++)
        for (mw_layer_tensor k = 0; k < MW_LAYER_TENSORS; k++) {
            char name[24];
            snprintf(name, sizeof name, "layers.%u.%s", l, of_layer[k].name);
            if (mw_layer_has(c, k))
                set(&table[mw_layer_index(c, l, k)], name, of_layer[k].rows, of_layer[k].cols);
        }
    set(&table[mw_final_norm_index(c)], "final_norm", 0, dim);
    set(&table[mw_embedding_index(c)], "embedding", c->vocab_size, dim);
    set(&table[mw_classifier_index(c)], "classifier", c->vocab_size, dim);
    if (c->rope_factors)
        set(&table[mw_rope_factors_index(c)], "rope_factors", 0, size / 2);
}
