/* The configuration of a model, and which tensors it has.
 *
 * The families llama (1, 2, 3), qwen2 and qwen3 run through one forward pass. What differs between them is data here.
 * Fields that Llama 2 does not need have its value if they are 0, so that the configuration of a llama2.c checkpoint is
 * its eight numbers and nothing else. Always read these fields by the functions below them. */
#ifndef MW_ENGINE_CONFIG_H
#define MW_ENGINE_CONFIG_H

#include "layouts/weights.h"

typedef struct mw_config {
    uint32_t dim;        /* width of the residual stream */
    uint32_t hidden_dim; /* width of the feed-forward layer */
    uint32_t n_layers;
    uint32_t n_heads;    /* query heads */
    uint32_t n_kv_heads; /* key and value heads; each serves n_heads / n_kv_heads query heads */
    uint32_t vocab_size;
    uint32_t seq_len;       /* positions the model was trained for */
    bool shared_classifier; /* the token embedding serves as classifier */

    /* 0 is Llama 2's value: */
    uint32_t head_size; /* of query, key and value heads; 0: dim / n_heads */
    float norm_eps;     /* of every RMS norm; 0: 1e-5 */
    float rope_base;    /* 0: 10000 */
    float rope_scale;   /* "linear" scaling: positions are divided by it; 0: 1 */
    bool rope_halves;   /* rotated pairs are elements i and i + head_size / 2 of a head, not 2i and 2i + 1 */
    bool rope_factors;  /* there is a tensor of divisors of the frequency of each pair */
    bool qkv_bias;      /* query, key and value products have biases */
    bool qk_norm;       /* each query and key head gets an RMS norm before it is rotated */
} mw_config;

static inline uint32_t mw_head_size(const mw_config *c)
{
    return c->head_size ? c->head_size : c->dim / c->n_heads;
}

/* Width of all query heads together; it need not be dim. */
static inline uint32_t mw_q_dim(const mw_config *c)
{
    return mw_head_size(c) * c->n_heads;
}

/* Width of all key heads, or value heads, together. */
static inline uint32_t mw_kv_dim(const mw_config *c)
{
    return mw_head_size(c) * c->n_kv_heads;
}

static inline float mw_norm_eps(const mw_config *c)
{
    return c->norm_eps != 0 ? c->norm_eps : 1e-5f;
}

static inline float mw_rope_base(const mw_config *c)
{
    return c->rope_base != 0 ? c->rope_base : 10000.0f;
}

static inline float mw_rope_scale(const mw_config *c)
{
    return c->rope_scale != 0 ? c->rope_scale : 1.0f;
}

/* Upper limits for what a model file may claim, far above any Llama (3.1-405B: dim 16384, hidden 53248, 126 layers, 128
 * heads, 131072 positions). */
enum { MW_MAX_DIM = 1 << 17, MW_MAX_LAYERS = 1 << 12, MW_MAX_VOCAB = 1 << 22, MW_MAX_SEQ_LEN = 1 << 22 };

/* Checks that the numbers form a model: caps, divisibility, an even head size, epsilon and rope numbers that are finite
 * and make sense. The message starts with `where`. */
int mw_config_check(const mw_config *config, const char *where, mw_error *err);

/* The same configuration, with 0 for every field that has Llama 2's value anyway. Of one that passes
 * mw_config_check. */
mw_config mw_config_plain(const mw_config *config);

/* Whether that leaves nothing but Llama 2's eight numbers: what a llama2.c checkpoint can describe. */
bool mw_config_is_llama2(const mw_config *config);

/* What it has beyond that, for people: ", head size 128, norm epsilon 1e-06, rope base 1e+06"; empty for Llama 2.
 * Returns `to`. */
enum { MW_CONFIG_TEXT = 256 };
const char *mw_config_text(const mw_config *config, char to[MW_CONFIG_TEXT]);

/* Whether two models have the same configuration, and so the same tensors. */
bool mw_config_same(const mw_config *a, const mw_config *b);

/* --- tensors --- */

/* The tensors of a model in the order in which one forward pass reads them: for each layer those of mw_layer_tensor
 * that it has, then the final norm, the classifier, the embedding if it is not shared, and the rope factors, which are
 * read before the first token only. */
typedef enum mw_layer_tensor {
    MW_ATT_NORM, /* [dim] */
    MW_WQ,       /* [q_dim x dim] */
    MW_WK,       /* [kv_dim x dim] */
    MW_WV,       /* [kv_dim x dim] */
    MW_BQ,       /* [q_dim], if qkv_bias, as the next two */
    MW_BK,       /* [kv_dim] */
    MW_BV,       /* [kv_dim] */
    MW_Q_NORM,   /* [head_size], if qk_norm, as the next one */
    MW_K_NORM,   /* [head_size] */
    MW_WO,       /* [dim x q_dim] */
    MW_FFN_NORM, /* [dim] */
    MW_W1,       /* [hidden_dim x dim] */
    MW_W3,       /* [hidden_dim x dim] */
    MW_W2,       /* [dim x hidden_dim] */
    MW_LAYER_TENSORS
} mw_layer_tensor;

static inline bool mw_layer_has(const mw_config *c, mw_layer_tensor t)
{
    return t >= MW_BQ && t <= MW_BV ? c->qkv_bias : t == MW_Q_NORM || t == MW_K_NORM ? c->qk_norm : true;
}

/* Place of a tensor among those of its layer; of MW_LAYER_TENSORS their number. */
static inline size_t mw_layer_place(const mw_config *c, mw_layer_tensor t)
{
    return (size_t)t - (t > MW_BV && !c->qkv_bias ? 3 : 0) - (t > MW_K_NORM && !c->qk_norm ? 2 : 0);
}

/* The tensor must be one that the model has, here and below. */
static inline size_t mw_layer_index(const mw_config *c, uint32_t layer, mw_layer_tensor t)
{
    return layer * mw_layer_place(c, MW_LAYER_TENSORS) + mw_layer_place(c, t);
}

static inline size_t mw_final_norm_index(const mw_config *c)
{
    return mw_layer_index(c, c->n_layers, MW_ATT_NORM);
}

static inline size_t mw_classifier_index(const mw_config *c)
{
    return mw_final_norm_index(c) + 1;
}

static inline size_t mw_embedding_index(const mw_config *c)
{
    return mw_classifier_index(c) + (c->shared_classifier ? 0 : 1);
}

static inline size_t mw_rope_factors_index(const mw_config *c)
{
    return mw_embedding_index(c) + 1;
}

static inline size_t mw_tensor_count(const mw_config *c)
{
    return mw_rope_factors_index(c) + (c->rope_factors ? 1 : 0);
}

/* Fills table[mw_tensor_count] with names and shapes; offsets are left 0. */
void mw_tensor_table(const mw_config *config, mw_tensor *table);

#endif
