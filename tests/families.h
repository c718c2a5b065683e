/* Tiny models of the families llama, qwen2 and qwen3, and one with all of their features at once. */
#ifndef MW_TESTS_FAMILIES_H
#define MW_TESTS_FAMILIES_H

#include "engine/decoder.h"
#include "kernels/dtype_k.h"

enum { POSITIONS = MW_PREFILL_BATCH + 6 };

/* Heads that are narrower or wider together than dim, ragged shapes, columns of whole blocks and not. The last one is
 * for K formats, the others for the rest. */
static const struct {
    const char *name;
    mw_config c; /* dim, hidden, layers, heads, kv heads, vocabulary, positions, shared classifier, the rest */
} models[] = {
    {"llama 3", {64, 96, 2, 4, 2, 70, POSITIONS, true, .rope_base = 500000, .rope_scale = 2, .rope_factors = true}},
    {"qwen2",
     {64, 96, 2, 4, 2, 67, POSITIONS, false, .norm_eps = 1e-6f, .rope_base = 1e6f, .rope_halves = true,
      .qkv_bias = true}},
    {"qwen3",
     {64, 128, 2, 4, 2, 70, POSITIONS, true, .head_size = 32, .norm_eps = 1e-6f, .rope_base = 1e6f, .rope_halves = true,
      .qk_norm = true}},
    {"everything, narrow and ragged heads",
     {36, 83, 3, 6, 2, 101, POSITIONS, false, .head_size = 10, .norm_eps = 1e-4f, .rope_base = 300, .rope_scale = 4,
      .rope_halves = true, .rope_factors = true, .qkv_bias = true, .qk_norm = true}},
    {"qwen3, super-blocks",
     {256, 512, 1, 4, 2, 70, POSITIONS, true, .head_size = 128, .norm_eps = 1e-6f, .rope_base = 1e6f,
      .rope_halves = true, .qk_norm = true}},
};

enum { EVERYTHING = 3 }; /* of the models, the one that no architecture of GGUF has */

static size_t logits_of(const mw_model *m)
{
    return (size_t)POSITIONS * m->config.vocab_size;
}

/* Whether a model is there for weights of that dtype. */
static bool suits(const mw_model *m, mw_dtype dtype)
{
    return mw_dtype_is_k(dtype) == (m->config.dim == MW_K);
}

#endif
