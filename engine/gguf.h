/* Models as GGUF files (version 3) that llama.cpp loads, as architecture llama, qwen2 or qwen3: the same weights, f32
 * or as GGUF's reference quantizers store them, so that other programs can be measured on exactly the same model as
 * ours.
 *
 * llama2.c's rows of wq and wk are in the order of Meta's own files: the two halves of a rotated pair are neighbours.
 * llama.cpp rotates models of this architecture in the same way (its converters permute Hugging Face files into this
 * order), so rows are copied as they are. */
#ifndef MW_ENGINE_GGUF_H
#define MW_ENGINE_GGUF_H

#include "engine/model.h"
#include "layouts/tvl.h"

/* Writes a row-major f32 model to `path`, atomically, as `dtype` (mw_tensor_dtype). `tokenizer` is the path of its
 * tokenizer.bin; with NULL the vocabulary is made up (the three special tokens, 256 bytes, made-up words): enough to
 * measure speed, but the output is not readable. */
int mw_gguf_write(const mw_model *model, mw_dtype dtype, const char *tokenizer, const char *path,
                  mw_progress_fn *progress, void *to, mw_error *err);

/* What a GGUF file says about its model besides the configuration. */
typedef struct mw_gguf_about {
    const char *name;      /* general.name */
    const char *tokenizer; /* as above */
    uint32_t file_type;    /* general.file_type (enum llama_ftype): what most tensors are */
} mw_gguf_about;

/* The same from any source of the values of tensors[mw_tensor_count], each of which becomes what its dtype says. */
int mw_gguf_write_from(const mw_tvl_source *source, const mw_config *config, const mw_tensor *tensors,
                       const mw_gguf_about *about, const char *path, mw_progress_fn *progress, void *to, mw_error *err);

/* The path of such a file in the cache folder, made now if it is missing, damaged or older than the model. A copy
 * belongs to a file's device, inode, size and modification time; looking for it compares everything before the weights
 * with what would be written. */
int mw_gguf_cached(const mw_model *model, mw_dtype dtype, const char *tokenizer, mw_progress_fn *progress, void *to,
                   char *path, size_t size, mw_error *err);

#endif
