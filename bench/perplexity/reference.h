/* The forward pass once more, in double precision and in the plainest way, to tell what kernels lose. It shares no
 * arithmetic with the engine: own loops, own rotary angles, own softmax. */
#ifndef MW_BENCH_REFERENCE_H
#define MW_BENCH_REFERENCE_H

#include "engine/model.h"

typedef struct mw_reference mw_reference;

/* What the feed-forward layer computes: the model's silu(h) * h3, or silu(h) * h * h3, as the published engine does,
 * which has one buffer stand for two. */
typedef enum mw_swiglu { MW_SWIGLU_OF_MODEL, MW_SWIGLU_ALIASED } mw_swiglu;

/* Over row-major f32 weights, which are borrowed like `config`. *out is owned by the caller. */
int mw_reference_create(const mw_config *config, const mw_weights *weights, mw_swiglu swiglu, uint32_t positions,
                        mw_reference **out, mw_error *err);
void mw_reference_free(mw_reference *reference);

/* Logits [vocab_size] that follow `token` at position `pos` (0, 1, ... in turn); both within range. */
const double *mw_reference_forward(mw_reference *reference, int32_t token, uint32_t pos);

#endif
