/* The forward pass: one token in, logits out. */
#ifndef MW_ENGINE_DECODER_H
#define MW_ENGINE_DECODER_H

#include "engine/model.h"
#include "engine/profile.h"
#include "kernels/registry.h"
#include "platform/pool.h"

typedef struct mw_decoder mw_decoder;

/* Bytes of the one arena that a decoder for `positions` tokens takes: activations, logits, scores, rotary angles and KV
 * cache. UINT64_MAX on overflow. */
uint64_t mw_decoder_arena_bytes(const mw_config *config, uint32_t positions);

/* A decoder over `weights` (loaded from the table of the same configuration) with the kernels of `set`, on the threads
 * of `pool`. Room for `positions` tokens. Everything that decoding needs is allocated, and touched, here. Config,
 * weights and pool are borrowed. *out is owned by the caller. */
int mw_decoder_create(const mw_config *config, const mw_weights *weights, const mw_kernel_set *set, mw_pool *pool,
                      uint32_t positions, mw_decoder **out, mw_error *err);
void mw_decoder_free(mw_decoder *decoder);

/* Reads one value of every page of a token embedding that is not also the classifier, so that no later look-up faults
 * in a mapped file. All other weights are touched by the first token. */
void mw_decoder_touch_embedding(const mw_decoder *decoder);

/* Most tokens of a prompt that are processed together: weights are read from memory once for all of them. */
enum { MW_PREFILL_BATCH = 64 };

/* Decodes n tokens from position `pos` on, in batches; returns the logits after the last one, as mw_decoder_forward
 * does. The same bits, here and in everything that follows, as token by token. NULL if a token or position is out of
 * range. */
float *mw_decoder_prefill(mw_decoder *decoder, const int32_t *tokens, size_t n, uint32_t pos);

/* Decodes `token` at position `pos`; positions must come in order from 0. Returns logits[vocab_size], owned by the
 * decoder and valid until the next call; NULL if token or pos is out of range. Allocates nothing. The result does not
 * depend on the number of threads, bit for bit. */
float *mw_decoder_forward(mw_decoder *decoder, int32_t token, uint32_t pos);

/* From now on every step adds its time and its calls to `profile`, which is borrowed; NULL, as at first, turns this
 * off, and no clock is read. The results are the same. */
void mw_decoder_profile(mw_decoder *decoder, mw_profile *profile);

#endif
