/* What the parts of the GGUF writer share: what comes before the weights (gguf_head.c, gguf_plan.c), and the file
 * (gguf.c). */
#ifndef MW_ENGINE_GGUF_PARTS_H
#define MW_ENGINE_GGUF_PARTS_H

#include "engine/gguf.h"
#include "engine/gguf_names.h"
#include "engine/tokenizer.h"

enum { MW_GGUF_VERSION = 3, MW_GGUF_ALIGN = 32, MW_GGUF_LEAST_TOKENS = 3 };

typedef struct mw_gguf_new_tensor {
    char name[MW_GGUF_NAME_BYTES];
    const mw_tensor *tensor;
    size_t index;       /* in the table of tensors */
    uint64_t at, bytes; /* from the end of the head */
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

/* Plans the file of a model with these tensors, in order, each as its dtype. `where` starts messages. Freed by the
 * caller, also after a failure. */
int mw_gguf_plan(const mw_config *config, const mw_tensor *tensors, const mw_gguf_about *about, const char *where,
                 mw_gguf_new *g, mw_error *err);

/* Append to the head; without memory g->out_of_memory is set. Types are those of mw_gguf_type. */
void mw_gguf_put(mw_gguf_new *g, const void *from, size_t n);
void mw_gguf_put32(mw_gguf_new *g, uint32_t value);
void mw_gguf_put64(mw_gguf_new *g, uint64_t value);
void mw_gguf_put_text(mw_gguf_new *g, const char *text);
void mw_gguf_put_array(mw_gguf_new *g, const char *key, uint32_t type, uint64_t n);

/* The three arrays of a vocabulary of n tokens: that of a tokenizer, or with NULL a made-up one. */
void mw_gguf_put_vocabulary(mw_gguf_new *g, const mw_tokenizer *tokenizer, uint32_t n);

/* -EINVAL if two of its first n tokens have the same text. `path` starts the message. */
int mw_gguf_check_unique(const mw_tokenizer *tokenizer, uint32_t n, const char *path, mw_error *err);

/* As GGUF numbers files that are mostly of a dtype (enum llama_ftype). */
uint32_t mw_gguf_file_type(mw_dtype dtype);
void mw_gguf_free(mw_gguf_new *g);

#endif
