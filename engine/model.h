/* A model: its configuration (config.h), its file, and what a token costs. */
#ifndef MW_ENGINE_MODEL_H
#define MW_ENGINE_MODEL_H

#include "engine/config.h"
#include "platform/progress.h"

#include <string.h>

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
    mw_dtype dtype;          /* of the matrices (mw_model_main_dtype) */
    const char *format;      /* "llama2.c v0", "llama2.c v1", "tvl v1" to "tvl v3", "GGUF v2" or "GGUF v3" */
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
 * checkpoint, and as `dtype`; one of a recipe only if that is its dtype. Other files are opened as they are. */
int mw_model_open_packed(const char *spec, mw_dtype dtype, mw_progress_fn *progress, void *to, mw_model *model,
                         mw_error *err);

/* The dtype of the model that `spec` names, without making it: f32 if there is no such file. */
mw_dtype mw_model_dtype_of(const char *spec);

/* The dtype of most of the weights in matrices, by which a model goes where it mixes several. */
mw_dtype mw_model_main_dtype(const mw_model *model);

/* A copy of the model's table of tensors, to be freed by the caller, with the dtypes that they are written as: matrices
 * of f32 as `dtype` (mw_tensor_dtype), all others as they are. A model that holds another dtype has to be wanted as
 * that one: -EINVAL otherwise. */
int mw_model_tensors_as(const mw_model *model, mw_dtype dtype, mw_tensor **tensors, mw_error *err);

void mw_model_close(mw_model *model);

/* -EINVAL if `path` is the model's own file: output must not overwrite what is being read. */
int mw_model_apart(const mw_model *model, const char *path, mw_error *err);

/* Whether each tensor of the model has the dtype that it has in `table`, of the same configuration. */
bool mw_model_has_dtypes(const mw_model *model, const mw_tensor *table);

/* Whether the file is a GGUF file. */
static inline bool mw_model_is_gguf(const mw_model *m)
{
    return strncmp(m->format, "GGUF", 4) == 0;
}

/* What mw_weights_open takes. Valid as long as the model. */
static inline mw_source mw_model_source(const mw_model *m)
{
    return (mw_source){&m->file, m->tensors, m->n_tensors, m->layout, MW_F32};
}

#endif
