/* Models in GGUF files, used in place: architectures llama, qwen2 and qwen3. */
#ifndef MW_ENGINE_GGUF_MODEL_H
#define MW_ENGINE_GGUF_MODEL_H

#include "engine/model.h"

/* Opens a GGUF file whose metadata describes a model of one of these architectures and whose tensors are exactly those
 * of that model, in dtypes that can be read. Fills all of *model but the name. Its layout is row-major, each tensor has
 * the dtype that it has in the file, and weights are not looked at: loads that read them check that they are finite.
 * -EINVAL with one line that names what was found and what is supported. */
int mw_gguf_model_open(const char *path, mw_model *model, mw_error *err);

#endif
