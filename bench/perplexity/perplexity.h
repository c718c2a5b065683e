/* Suite `perplexity`: how well a trained model predicts a text of ours, by every variant and in double precision. */
#ifndef MW_BENCH_PERPLEXITY_H
#define MW_BENCH_PERPLEXITY_H

#include "bench/run/session.h"

/* Encodes mw_story for the session's model: *ids with BOS in front, owned by the caller. */
int mw_perplexity_encode(const mw_session *session, int32_t **ids, size_t *n, mw_error *err);

/* Mean surprise in nats of ids[1..n), each given those before it; texts longer than the model's positions go in windows
 * that start again at BOS. By double precision; by a variant. -EDOM if a logit is not finite. */
int mw_perplexity_reference(const mw_model *model, bool aliased, const int32_t *ids, size_t n, double *nats,
                            mw_error *err);
int mw_perplexity_variant(mw_session *session, const mw_variant *variant, const int32_t *ids, size_t n, double *nats,
                          mw_error *err);

/* The forward pass once more, in double precision and in the plainest way, to tell what kernels lose. It shares no
 * arithmetic with the engine: own loops, own rotary angles, own softmax. */
typedef struct mw_reference mw_reference;

/* Over row-major f32 weights, which are borrowed like `config`. `aliased`: the feed-forward layer computes not the
 * model's silu(h) * h3 but silu(h) * h * h3, as the published engine does, which has one buffer stand for two. *out is
 * one piece of memory, to be freed by the caller. */
int mw_reference_create(const mw_config *config, const mw_weights *weights, bool aliased, uint32_t positions,
                        mw_reference **out, mw_error *err);

/* Logits [vocab_size] that follow `token` at position `pos` (0, 1, ... in turn); both within range. */
const double *mw_reference_forward(mw_reference *reference, int32_t token, uint32_t pos);

#endif
