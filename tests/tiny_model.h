/* Tiny random checkpoints, and a forward pass over them that shares nothing with the engine: its own file layout, its
 * own loops, all in double. */
#ifndef MW_TESTS_TINY_MODEL_H
#define MW_TESTS_TINY_MODEL_H

#include "engine/model.h"

#include <stdbool.h>

/* Weights kind by kind, all layers of a kind together, row-major. */
typedef struct tiny {
    mw_config c;
    float *embedding, *att_norm, *wq, *wk, *wv, *wo, *ffn_norm, *w1, *w2, *w3, *final_norm, *classifier;
    double *keys, *values; /* [layer][position][kv_dim] */
} tiny;

/* Random weights; the spread keeps activations near 1. */
tiny tiny_make(mw_config c, uint64_t seed);
void tiny_free(tiny *t);

/* Writes version 0 or 1 to `path`; false if the file cannot be written. */
bool tiny_write(const tiny *t, int version, const char *path);

/* One token at one position, positions in order from 0: logits[vocab_size]. */
void tiny_forward(tiny *t, int token, int pos, double *logits);

#endif
