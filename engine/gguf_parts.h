/* What the two halves of the GGUF writer share: what comes before the weights (gguf_head.c), and the file (gguf.c).
 */
#ifndef MW_ENGINE_GGUF_PARTS_H
#define MW_ENGINE_GGUF_PARTS_H

#include "engine/gguf.h"
#include "engine/gguf_names.h"

enum { MW_GGUF_VERSION = 3, MW_GGUF_ALIGN = 32 };

typedef struct mw_gguf_new_tensor {
    char name[MW_GGUF_NAME_BYTES];
    const mw_tensor *from; /* where the values come from */
    mw_dtype dtype;        /* as which they are stored */
    uint64_t at, bytes;    /* from the end of the head */
} mw_gguf_new_tensor;

/* A file that is to be written: its head, padded to the alignment, and where the data of each tensor goes. */
typedef struct mw_gguf_new {
    unsigned char *head;
    size_t head_bytes, room;
    bool out_of_memory;
    mw_gguf_new_tensor *tensors;
    size_t n_tensors;
    uint64_t bytes; /* of the whole file */
} mw_gguf_new;

/* Plans the file of a model as `dtype`. Freed by the caller, also after a failure. */
int mw_gguf_plan(const mw_model *model, mw_dtype dtype, const char *tokenizer, mw_gguf_new *g, mw_error *err);
void mw_gguf_free(mw_gguf_new *g);

#endif
