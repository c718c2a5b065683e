/* Suite `perplexity`: how well a trained model predicts a text of ours, by every variant and in double precision. */
#ifndef MW_BENCH_PERPLEXITY_H
#define MW_BENCH_PERPLEXITY_H

#include "bench/run/session.h"

/* A trained model and its tokenizer: of the known pairs the first that is in the cache folder, or in the folder that
 * MEMWALL_TEST_MODELS names. -ENOENT, and how to get one, if none is. */
int mw_perplexity_find(char model[512], char tokenizer[512], mw_error *err);

/* Encodes mw_story for the session's model: *ids with BOS in front, owned by the caller. */
int mw_perplexity_encode(const mw_session *session, int32_t **ids, size_t *n, mw_error *err);

/* Mean surprise in nats of ids[1..n), each given those before it; texts longer than the model's positions go in windows
 * that start again at BOS. By double precision; by a variant. */
int mw_perplexity_reference(const mw_model *model, bool aliased, const int32_t *ids, size_t n, double *nats,
                            mw_error *err);
int mw_perplexity_variant(mw_session *session, const mw_variant *variant, const int32_t *ids, size_t n, double *nats,
                          mw_error *err);

/* Records `perplexity` of the reference, of the reference with the published SwiGLU, and of each variant, and what
 * they lose against the first. Summary rows: the same numbers come out every time. -EDOM if a logit is not finite. */
int mw_perplexity_suite(mw_session *session, const mw_variant *variants, int n, mw_error *err);

/* Prints what was recorded. */
void mw_perplexity_report(const mw_session *session, mw_page *page);

#endif
