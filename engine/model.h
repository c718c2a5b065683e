/* A Llama-2 model: its configuration and where its tensors are. */
#ifndef MW_ENGINE_MODEL_H
#define MW_ENGINE_MODEL_H

#include "layouts/weights.h"
#include "platform/progress.h"

typedef struct mw_config {
    uint32_t dim;        /* width of the residual stream */
    uint32_t hidden_dim; /* width of the feed-forward layer */
    uint32_t n_layers;
    uint32_t n_heads;    /* query heads */
    uint32_t n_kv_heads; /* key and value heads; each serves n_heads / n_kv_heads query heads */
    uint32_t vocab_size;
    uint32_t seq_len;       /* positions the model was trained for */
    bool shared_classifier; /* the token embedding serves as classifier */
} mw_config;

static inline uint32_t mw_head_size(const mw_config *c)
{
    return c->dim / c->n_heads;
}

static inline uint32_t mw_kv_dim(const mw_config *c)
{
    return mw_head_size(c) * c->n_kv_heads;
}

/* The tensors of a model in the order in which one forward pass reads them: for each layer those of mw_layer_tensor,
 * then the final norm, the classifier and, if it is not shared, the embedding. */
typedef enum mw_layer_tensor {
    MW_ATT_NORM, /* [dim] */
    MW_WQ,       /* [dim x dim] */
    MW_WK,       /* [kv_dim x dim] */
    MW_WV,       /* [kv_dim x dim] */
    MW_WO,       /* [dim x dim] */
    MW_FFN_NORM, /* [dim] */
    MW_W1,       /* [hidden_dim x dim] */
    MW_W3,       /* [hidden_dim x dim] */
    MW_W2,       /* [dim x hidden_dim] */
    MW_LAYER_TENSORS
} mw_layer_tensor;

static inline size_t mw_layer_index(uint32_t layer, mw_layer_tensor tensor)
{
    return (size_t)layer * MW_LAYER_TENSORS + tensor;
}

static inline size_t mw_final_norm_index(const mw_config *c)
{
    return (size_t)c->n_layers * MW_LAYER_TENSORS;
}

static inline size_t mw_classifier_index(const mw_config *c)
{
    return mw_final_norm_index(c) + 1;
}

static inline size_t mw_embedding_index(const mw_config *c)
{
    return mw_classifier_index(c) + (c->shared_classifier ? 0 : 1);
}

static inline size_t mw_tensor_count(const mw_config *c)
{
    return mw_embedding_index(c) + 1;
}

/* Upper limits for what a model file may claim, far above any Llama-2 (70B: dim 8192, hidden 28672, 80 layers, 64
 * heads). */
enum { MW_MAX_DIM = 1 << 17, MW_MAX_LAYERS = 1 << 12, MW_MAX_VOCAB = 1 << 22, MW_MAX_SEQ_LEN = 1 << 22 };

/* Checks that the numbers form a model: caps, divisibility, an even head size. The message starts with `where`. */
int mw_config_check(const mw_config *config, const char *where, mw_error *err);

/* Whether two models have the same numbers, and so the same tensors. */
bool mw_config_same(const mw_config *a, const mw_config *b);

/* Fills table[mw_tensor_count] with names and shapes; offsets are left 0. */
void mw_tensor_table(const mw_config *config, mw_tensor *table);

/* How many weights a model of this configuration has; a shared classifier counts once. */
uint64_t mw_model_parameters(const mw_config *config);

/* What one token moves and computes at position `pos` (0-based), in a model of dtype `dtype` (mw_tensor_dtype): every
 * weight matrix, norm and one embedding row, keys and values of positions 0..pos read and those of `pos` written. From
 * the op table; quantizing activations is not counted. */
typedef struct mw_token_cost {
    uint64_t weight_bytes, kv_bytes, flops;
} mw_token_cost;
mw_token_cost mw_model_token_cost(const mw_config *config, mw_dtype dtype, uint32_t pos);

/* FLOPs of a prompt of n tokens from position 0 on: all of its tokens, and the classifier for the last one only. */
uint64_t mw_model_prefill_flops(const mw_config *config, size_t n);

/* Bytes of `weights` that one token sweeps: everything as stored, padding included, but only one row of an embedding
 * that is not also the classifier. */
uint64_t mw_model_swept_bytes(const mw_config *config, const mw_weights *weights);

/* A model file that has been checked against its header: the open descriptor and the tensor table. */
typedef struct mw_model {
    mw_file file;
    mw_config config;
    mw_dtype dtype;          /* of the matrices, as mw_tensor_dtype takes it */
    const char *format;      /* "llama2.c v0", "llama2.c v1", "tvl v1" or "tvl v2" */
    const mw_layout *layout; /* of the matrices in the file */
    mw_tensor *tensors;      /* mw_tensor_count(&config), offsets filled */
    size_t n_tensors;
    char name[128]; /* for tables: "synthetic:stories110M", or the file name without its folder, by mw_text_copy */
} mw_model;

/* Opens `spec`: a path, the name of a model in the cache folder ("stories110M"), or synthetic:SHAPE, which is made in
 * the cache folder first if it is not there. The format is recognised by content. `progress` may be NULL. The model is
 * owned by the caller. */
int mw_model_open(const char *spec, mw_progress_fn *progress, void *to, mw_model *model, mw_error *err);

/* The same for callers that only need layout tvl: a synthetic model is made as a .tvl file straight away, without its
 * checkpoint, and as `dtype`. Other files are opened as they are. */
int mw_model_open_packed(const char *spec, mw_dtype dtype, mw_progress_fn *progress, void *to, mw_model *model,
                         mw_error *err);

/* The dtype of the model that `spec` names, without making it: f32 if there is no such file. */
mw_dtype mw_model_dtype_of(const char *spec);
void mw_model_close(mw_model *model);

/* -EINVAL if `path` is the model's own file: output must not overwrite what is being read. */
int mw_model_apart(const mw_model *model, const char *path, mw_error *err);

/* What mw_weights_open takes. Valid as long as the model. */
static inline mw_source mw_model_source(const mw_model *m)
{
    return (mw_source){&m->file, m->tensors, m->n_tensors, m->layout, MW_F32};
}

#endif
