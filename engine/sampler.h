/* Token sampling, compatible with llama2.c: greedy, temperature, top-p, and its xorshift generator, so that the same
 * seed gives the same text. */
#ifndef MW_ENGINE_SAMPLER_H
#define MW_ENGINE_SAMPLER_H

#include "platform/error.h"

#include <stddef.h>
#include <stdint.h>

typedef struct mw_sampler mw_sampler;

/* `temperature` 0 is greedy. `top_p` outside (0, 1) samples from the whole distribution. All memory is allocated here:
 * mw_sampler_next allocates nothing. `seed` must not be 0 (-EINVAL): the generator would only yield zeros. */
int mw_sampler_create(uint32_t vocab_size, float temperature, float top_p, uint64_t seed, mw_sampler **out,
                      mw_error *err);
void mw_sampler_free(mw_sampler *sampler);

/* Chooses the next token. `logits` [vocab_size] is overwritten when temperature is not 0. -EDOM if a logit is not
 * finite; else the token, >= 0. */
int32_t mw_sampler_next(mw_sampler *sampler, float *logits);

/* Index of the largest of logits[n]; the first of equals. -EDOM if any is not finite. */
int32_t mw_argmax(const float *logits, size_t n);

#endif
