/* Suite `perplexity`: how well a trained model predicts a text of ours, by every variant and in double precision. */
#ifndef MW_BENCH_PERPLEXITY_H
#define MW_BENCH_PERPLEXITY_H

#include "bench/run/session.h"

/* Encodes mw_story for the session's model: *ids with BOS in front, owned by the caller. */
int mw_perplexity_encode(const mw_session *session, int32_t **ids, size_t *n, mw_error *err);

/* A pass over a text ids[n]: ids[1..n) are predicted, each given those before it. Texts longer than the model's
 * positions are split into windows; in each, BOS replaces the first token. */
typedef struct mw_text_pass {
    double nats; /* mean negative log-likelihood per token */
    /* Largest difference of a logit from `against`, over the largest magnitude there; NAN if that is NULL. */
    double deviation;
} mw_text_pass;

/* In double precision, over the weights as `dtype` stores them: `model` is an f32 checkpoint.
 * `logits` [(n - 1) * vocab_size] or NULL gets all logits. -EDOM if one is not finite. */
int mw_perplexity_reference(const mw_model *model, mw_dtype dtype, bool aliased, const int32_t *ids, size_t n,
                            float *logits, mw_text_pass *pass, mw_error *err);
/* By a variant; `against` is NULL or what the reference gave. */
int mw_perplexity_variant(mw_session *session, const mw_variant *variant, const int32_t *ids, size_t n,
                          const float *against, mw_text_pass *pass, mw_error *err);

/* The forward pass once more, in double precision and in the plainest way, to tell what kernels lose. It shares only
 * the conversion of stored weights to floats with the engine. */
typedef struct mw_reference mw_reference;

/* Over row-major weights of any dtype, which are borrowed like `config`. `aliased`: the feed-forward layer computes not
 * the model's silu(h) * h3 but silu(h) * h * h3, as the published engine does, which uses one buffer for both. *out is
 * a single allocation; release it with free(). */
int mw_reference_create(const mw_config *config, const mw_weights *weights, bool aliased, uint32_t positions,
                        mw_reference **out, mw_error *err);

/* Logits [vocab_size] that follow `token` at position `pos` (0, 1, ... in turn); both within range. */
const double *mw_reference_forward(mw_reference *reference, int32_t token, uint32_t pos);

#endif
