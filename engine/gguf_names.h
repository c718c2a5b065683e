/* What GGUF files call the tensors of a model. */
#ifndef MW_ENGINE_GGUF_NAMES_H
#define MW_ENGINE_GGUF_NAMES_H

#include "engine/config.h"

enum { MW_GGUF_NAME_BYTES = 32 };

typedef struct mw_gguf_name {
    char text[MW_GGUF_NAME_BYTES]; /* "blk.3.attn_q.weight" */
} mw_gguf_name;

/* Fills names[mw_tensor_count] in the order of mw_tensor_table. A shared classifier is the embedding. */
void mw_gguf_names(const mw_config *config, mw_gguf_name *names);

#endif
