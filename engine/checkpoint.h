/* llama2.c checkpoints: version 0 (28-byte header) and version 1 (magic "ak42", 256-byte header), f32.
 *
 * Both hold the tensors row-major, kind by kind over all layers. Version 0 starts with seven int32: dim, hidden_dim,
 * n_layers, n_heads, n_kv_heads, vocab_size (negative: a separate classifier at the end), seq_len; then embedding,
 * att_norm, wq, wk, wv, wo, ffn_norm, w1, w2, w3, final_norm, two unused tables of seq_len * head_size / 2, classifier.
 * Version 1 has magic, version, the same seven (vocab_size positive), a byte "shared classifier", zeros up to byte 256;
 * then att_norm, ffn_norm, final_norm, embedding, wq, wk, wv, wo, w1, w2, w3, classifier. */
#ifndef MW_ENGINE_CHECKPOINT_H
#define MW_ENGINE_CHECKPOINT_H

#include "engine/model.h"

/* Opens a checkpoint whose header agrees with its size; fills all of *model but the name. */
int mw_checkpoint_open(const char *path, mw_model *model, mw_error *err);

/* Bytes of the version 0 file of a model; UINT64_MAX on overflow. */
uint64_t mw_checkpoint_v0_bytes(const mw_config *config);

/* The header of that file. */
enum { MW_V0_HEADER = 28 };
void mw_checkpoint_v0_header(const mw_config *config, unsigned char header[MW_V0_HEADER]);

/* Fills the offsets of the tensors of a version 0 file. */
void mw_checkpoint_v0_offsets(const mw_config *config, mw_tensor *table);

#endif
