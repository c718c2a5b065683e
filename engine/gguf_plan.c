/* Plans a GGUF file: metadata, table of tensors, and where the data of each goes. */
#include "engine/gguf_names.h"
#include "engine/gguf_parts.h"

#include "layouts/gguf.h"
#include "platform/checked.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint32_t mw_gguf_file_type(mw_dtype dtype)
{
    static const uint32_t types[MW_DTYPE_COUNT] = {[MW_F32] = 0,  [MW_BF16] = 32, [MW_F16] = 1,   [MW_Q8_0] = 7,
                                                   [MW_Q4_0] = 2, [MW_Q4_K] = 14, [MW_Q5_K] = 16, [MW_Q6_K] = 18};
    return types[dtype];
}

/* --- metadata --- */

typedef struct pair {
    const char *key;
    uint32_t type;
    uint32_t number; /* MW_GGUF_U32, MW_GGUF_BOOL */
    float real;      /* MW_GGUF_F32 */
    const char *text;
} pair;

static void put_pair(mw_gguf_new *g, const pair *p)
{
    mw_gguf_put_text(g, p->key);
    mw_gguf_put32(g, p->type);
    if (p->type == MW_GGUF_TEXT)
        mw_gguf_put_text(g, p->text);
    else if (p->type == MW_GGUF_F32)
        mw_gguf_put(g, &p->real, sizeof p->real);
    else
        mw_gguf_put(g, &p->number, p->type == MW_GGUF_BOOL ? 1 : sizeof p->number);
}

/* --- tensors --- */

/* The embedding first, then the order of the table, in which a shared classifier is the embedding. */
static void name_tensors(mw_gguf_new *g, const mw_config *c, const mw_tensor *tensors, const mw_gguf_name *names)
{
    const size_t embedding = mw_embedding_index(c);
    for (size_t i = 0; i < mw_tensor_count(c); i++) {
        const size_t index = i == 0 ? embedding : i <= embedding ? i - 1 : i;
        mw_gguf_new_tensor *t = &g->tensors[g->n_tensors++];
        *t = (mw_gguf_new_tensor){.tensor = &tensors[index], .index = index};
        memcpy(t->name, names[index].text, sizeof t->name);
    }
}

/* Gives each tensor its place; false on overflow. */
static bool place(mw_gguf_new *g, uint64_t *end)
{
    *end = 0;
    for (size_t i = 0; i < g->n_tensors; i++) {
        mw_gguf_new_tensor *t = &g->tensors[i];
        t->at = *end;
        if (!mw_mul_u64(t->tensor->rows, mw_dtype_bytes(t->tensor->dtype, t->tensor->cols), &t->bytes) ||
            !mw_add_u64(*end, t->bytes, end) || !mw_align_u64(*end, MW_GGUF_ALIGN, end))
            return false;
    }
    return true;
}

static void put_table(mw_gguf_new *g)
{
    for (size_t i = 0; i < g->n_tensors; i++) {
        const mw_tensor *t = g->tensors[i].tensor;
        mw_gguf_put_text(g, g->tensors[i].name);
        mw_gguf_put32(g, t->vector ? 1 : 2);
        mw_gguf_put64(g, t->cols);
        if (!t->vector)
            mw_gguf_put64(g, t->rows);
        mw_gguf_put32(g, mw_dtypes[t->dtype].id);
        mw_gguf_put64(g, g->tensors[i].at);
    }
    static const unsigned char zeros[MW_GGUF_ALIGN];
    mw_gguf_put(g, zeros, (MW_GGUF_ALIGN - g->head_bytes % MW_GGUF_ALIGN) % MW_GGUF_ALIGN);
}

/* Keys that start with a dot are those of the architecture. */
static void put_pairs(mw_gguf_new *g, const char *architecture, const pair *pairs, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char key[64];
        pair p = pairs[i];
        snprintf(key, sizeof key, "%s%s", *p.key == '.' ? architecture : "", p.key);
        p.key = key;
        put_pair(g, &p);
    }
}

static void put_metadata(mw_gguf_new *g, const mw_config *c, const mw_gguf_about *about, const mw_tokenizer *t)
{
    enum { ARRAYS = 3 };
    const char *architecture = c->qk_norm ? "qwen3" : c->rope_halves ? "qwen2" : "llama";
    const pair pairs[] = {
        {.key = "general.architecture", .type = MW_GGUF_TEXT, .text = architecture},
        {.key = "general.name", .type = MW_GGUF_TEXT, .text = about->name},
        {.key = "general.alignment", .type = MW_GGUF_U32, .number = MW_GGUF_ALIGN},
        {.key = "general.file_type", .type = MW_GGUF_U32, .number = about->file_type},
        {.key = ".vocab_size", .type = MW_GGUF_U32, .number = c->vocab_size},
        {.key = ".context_length", .type = MW_GGUF_U32, .number = c->seq_len},
        {.key = ".embedding_length", .type = MW_GGUF_U32, .number = c->dim},
        {.key = ".block_count", .type = MW_GGUF_U32, .number = c->n_layers},
        {.key = ".feed_forward_length", .type = MW_GGUF_U32, .number = c->hidden_dim},
        {.key = ".attention.head_count", .type = MW_GGUF_U32, .number = c->n_heads},
        {.key = ".attention.head_count_kv", .type = MW_GGUF_U32, .number = c->n_kv_heads},
        {.key = ".attention.key_length", .type = MW_GGUF_U32, .number = mw_head_size(c)},
        {.key = ".attention.value_length", .type = MW_GGUF_U32, .number = mw_head_size(c)},
        {.key = ".attention.layer_norm_rms_epsilon", .type = MW_GGUF_F32, .real = mw_norm_eps(c)},
        {.key = ".rope.dimension_count", .type = MW_GGUF_U32, .number = mw_head_size(c)},
        {.key = ".rope.freq_base", .type = MW_GGUF_F32, .real = mw_rope_base(c)},
        {.key = "tokenizer.ggml.model", .type = MW_GGUF_TEXT, .text = "llama"},
        {.key = "tokenizer.ggml.pre", .type = MW_GGUF_TEXT, .text = "default"},
        {.key = "tokenizer.ggml.bos_token_id", .type = MW_GGUF_U32, .number = MW_TOKEN_BOS},
        {.key = "tokenizer.ggml.eos_token_id", .type = MW_GGUF_U32, .number = MW_TOKEN_EOS},
        {.key = "tokenizer.ggml.unknown_token_id", .type = MW_GGUF_U32, .number = 0},
        {.key = "tokenizer.ggml.add_bos_token", .type = MW_GGUF_BOOL, .number = true},
        {.key = "tokenizer.ggml.add_eos_token", .type = MW_GGUF_BOOL, .number = false},
        {.key = "tokenizer.ggml.add_space_prefix", .type = MW_GGUF_BOOL, .number = true},
    };
    const pair linear[] = {{.key = ".rope.scaling.type", .type = MW_GGUF_TEXT, .text = "linear"},
                           {.key = ".rope.scaling.factor", .type = MW_GGUF_F32, .real = mw_rope_scale(c)}};
    const size_t n = sizeof pairs / sizeof *pairs, scaling = mw_rope_scale(c) != 1 ? sizeof linear / sizeof *linear : 0;
    mw_gguf_put(g, "GGUF", 4);
    mw_gguf_put32(g, MW_GGUF_VERSION);
    mw_gguf_put64(g, g->n_tensors);
    mw_gguf_put64(g, n + scaling + ARRAYS);
    put_pairs(g, architecture, pairs, n);
    put_pairs(g, architecture, linear, scaling);
    mw_gguf_put_vocabulary(g, t, c->vocab_size);
}

/* What an architecture of GGUF cannot say: it is a mixture of several. */
static int check_architecture(const mw_config *c, const char *where, mw_error *err)
{
    const bool qwen = c->qk_norm != c->qkv_bias && !c->rope_factors;
    return (c->rope_halves ? qwen : !c->qk_norm)
               ? 0
               : mw_fail(err, -EINVAL,
                         "%s: is of no architecture that a GGUF file can have here: llama, qwen2 or qwen3", where);
}

int mw_gguf_plan(const mw_config *c, const mw_tensor *tensors, const mw_gguf_about *about, const char *where,
                 mw_gguf_new *g, mw_error *err)
{
    *g = (mw_gguf_new){0};
    mw_tokenizer *t = NULL;
    uint64_t data = 0;
    if (about->tokenizer && mw_tokenizer_inside(about->tokenizer))
        return mw_fail(err, -EINVAL, "%s: is a GGUF file; give the tokenizer.bin of %s", about->tokenizer, where);
    int rc = check_architecture(c, where, err);
    if (!rc && about->tokenizer)
        rc = mw_tokenizer_open(about->tokenizer, c->vocab_size, &t, err);
    if (!rc && t)
        rc = mw_gguf_check_unique(t, c->vocab_size, about->tokenizer, err);
    if (!rc && c->vocab_size < MW_GGUF_LEAST_TOKENS)
        rc = mw_fail(err, -EINVAL, "%s: %u tokens; a GGUF vocabulary has at least %d", where, c->vocab_size,
                     MW_GGUF_LEAST_TOKENS);
    mw_gguf_name *names = calloc(mw_tensor_count(c), sizeof *names);
    g->tensors = calloc(mw_tensor_count(c), sizeof *g->tensors);
    if (!rc && g->tensors && names) {
        mw_gguf_names(c, names);
        name_tensors(g, c, tensors, names);
        if (!place(g, &data))
            rc = mw_fail(err, -EINVAL, "%s: is too large for a file", where);
        put_metadata(g, c, about, t);
        put_table(g);
    }
    if (!rc && (!g->tensors || !names || g->out_of_memory))
        rc = mw_fail(err, -ENOMEM, "%s: no memory for the head of its GGUF file", where);
    if (!rc && !mw_add_u64(g->head_bytes, data, &g->bytes))
        rc = mw_fail(err, -EINVAL, "%s: is too large for a file", where);
    free(names);
    mw_tokenizer_close(t);
    return rc;
}

void mw_gguf_free(mw_gguf_new *g)
{
    free(g->head);
    free(g->tensors);
}
