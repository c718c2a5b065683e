/* Everything in a GGUF file that comes before the weights: header, metadata, vocabulary, tensor table.
 *
 *   "GGUF", u32 version, u64 tensors, u64 pairs
 *   pairs of a key and a value; a text is u64 bytes and the bytes, an array u32 type, u64 count and the values
 *   tensors: name, u32 dimensions, u64 sizes (the contiguous one first), u32 type, u64 offset behind the head
 *   zeros up to the alignment */
#include "engine/gguf_names.h"
#include "engine/gguf_parts.h"

#include "engine/tokenizer.h"
#include "platform/checked.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As GGUF numbers files that are mostly of a type (enum llama_ftype). */
static const uint32_t file_types[MW_DTYPE_COUNT] = {[MW_F32] = 0,  [MW_BF16] = 32, [MW_F16] = 1,   [MW_Q8_0] = 7,
                                                    [MW_Q4_0] = 2, [MW_Q4_K] = 14, [MW_Q5_K] = 16, [MW_Q6_K] = 18};

/* --- bytes --- */

static void put(mw_gguf_new *g, const void *from, size_t n)
{
    if (g->out_of_memory)
        return;
    if (g->room - g->head_bytes < n) {
        const size_t room = 2 * (g->room + n);
        unsigned char *more = realloc(g->head, room);
        if (!more) {
            g->out_of_memory = true;
            return;
        }
        g->head = more;
        g->room = room;
    }
    memcpy(g->head + g->head_bytes, from, n);
    g->head_bytes += n;
}

static void put32(mw_gguf_new *g, uint32_t value)
{
    put(g, &value, sizeof value); /* this program runs on little-endian machines only */
}

static void put64(mw_gguf_new *g, uint64_t value)
{
    put(g, &value, sizeof value);
}

static void put_text(mw_gguf_new *g, const char *text)
{
    put64(g, strlen(text));
    put(g, text, strlen(text));
}

/* --- metadata --- */

enum { OF_U32 = 4, OF_I32 = 5, OF_F32 = 6, OF_BOOL = 7, OF_TEXT = 8, OF_ARRAY = 9 };

typedef struct pair {
    const char *key;
    uint32_t type;
    uint32_t number; /* OF_U32, OF_BOOL */
    float real;      /* OF_F32 */
    const char *text;
} pair;

static void put_pair(mw_gguf_new *g, const pair *p)
{
    put_text(g, p->key);
    put32(g, p->type);
    if (p->type == OF_TEXT)
        put_text(g, p->text);
    else if (p->type == OF_F32)
        put(g, &p->real, sizeof p->real);
    else
        put(g, &p->number, p->type == OF_BOOL ? 1 : sizeof p->number);
}

static void put_array(mw_gguf_new *g, const char *key, uint32_t type, uint64_t n)
{
    put_text(g, key);
    put32(g, OF_ARRAY);
    put32(g, type);
    put64(g, n);
}

/* --- vocabulary --- */

typedef enum token_type { NORMAL = 1, UNKNOWN = 2, CONTROL = 3, UNUSED = 5, BYTE = 6 } token_type;

enum { SPECIAL_TOKENS = 3, BYTE_TOKENS = 256, LONGEST_TEXT = 3 * 4096 + 1 };
static const char *const special[SPECIAL_TOKENS] = {"<unk>", "<s>", "</s>"};

typedef struct token {
    char text[LONGEST_TEXT];
    float score;
    token_type type;
} token;

/* SentencePiece's mark for a space, which llama2.c's exporter replaced by one. */
static void mark_spaces(const char *from, char *to)
{
    for (; *from; from++) {
        if (*from == ' ') {
            memcpy(to, "\xe2\x96\x81", 3);
            to += 3;
        } else {
            *to++ = *from;
        }
    }
    *to = '\0';
}

/* Token `id` of `t`, or of a made-up vocabulary if `t` is NULL. */
static void token_of(const mw_tokenizer *t, uint32_t id, token *out)
{
    const char *piece = t ? mw_tokenizer_piece(t, (int32_t)id, &out->score) : NULL;
    if (id < SPECIAL_TOKENS) {
        snprintf(out->text, sizeof out->text, "%s", special[id]);
        out->type = id == 0 ? UNKNOWN : CONTROL;
        out->score = 0;
    } else if (piece) {
        mark_spaces(piece, out->text);
        out->type = mw_tokenizer_byte_value(piece) >= 0 ? BYTE : NORMAL;
    } else if (id < SPECIAL_TOKENS + BYTE_TOKENS) {
        snprintf(out->text, sizeof out->text, "<0x%02X>", id - SPECIAL_TOKENS);
        out->type = BYTE;
        out->score = 0;
    } else {
        snprintf(out->text, sizeof out->text, "<token %u>", id);
        out->type = UNUSED;
        out->score = -(float)id;
    }
}

/* llama.cpp looks tokens up by their text and exits if two are the same. */
static int check_unique(const mw_tokenizer *t, uint32_t n, const char *path, mw_error *err)
{
    for (uint32_t id = SPECIAL_TOKENS; id < n; id++) {
        float score;
        const char *text = mw_tokenizer_piece(t, (int32_t)id, &score);
        int32_t first = mw_tokenizer_find(t, text, strlen(text));
        for (int k = 0; k < SPECIAL_TOKENS; k++)
            first = strcmp(text, special[k]) == 0 ? k : first;
        if (first != (int32_t)id)
            return mw_fail(err, -EINVAL, "%s: tokens %d and %u are both '%.32s', which GGUF readers refuse", path,
                           first, id, text);
    }
    return 0;
}

static void put_vocabulary(mw_gguf_new *g, const mw_tokenizer *t, uint32_t n)
{
    static token one; /* large for a stack */
    put_array(g, "tokenizer.ggml.tokens", OF_TEXT, n);
    for (uint32_t id = 0; id < n; id++) {
        token_of(t, id, &one);
        put_text(g, one.text);
    }
    put_array(g, "tokenizer.ggml.scores", OF_F32, n);
    for (uint32_t id = 0; id < n; id++) {
        token_of(t, id, &one);
        put(g, &one.score, sizeof one.score);
    }
    put_array(g, "tokenizer.ggml.token_type", OF_I32, n);
    for (uint32_t id = 0; id < n; id++) {
        token_of(t, id, &one);
        put32(g, one.type);
    }
}

/* --- tensors --- */

/* The embedding first, then the order of the table, in which a shared classifier is the embedding. */
static void name_tensors(mw_gguf_new *g, const mw_model *m, mw_dtype dtype, const mw_gguf_name *names)
{
    const size_t embedding = mw_embedding_index(&m->config);
    for (size_t i = 0; i < m->n_tensors; i++) {
        const size_t index = i == 0 ? embedding : i <= embedding ? i - 1 : i;
        const mw_tensor *from = &m->tensors[index];
        mw_gguf_new_tensor *t = &g->tensors[g->n_tensors++];
        *t = (mw_gguf_new_tensor){.from = from, .dtype = mw_tensor_dtype(from, dtype)};
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
        if (!mw_mul_u64(t->from->rows, mw_dtype_bytes(t->dtype, t->from->cols), &t->bytes) ||
            !mw_add_u64(*end, t->bytes, end) || !mw_align_u64(*end, MW_GGUF_ALIGN, end))
            return false;
    }
    return true;
}

static void put_table(mw_gguf_new *g)
{
    for (size_t i = 0; i < g->n_tensors; i++) {
        const mw_gguf_new_tensor *t = &g->tensors[i];
        put_text(g, t->name);
        put32(g, t->from->vector ? 1 : 2);
        put64(g, t->from->cols);
        if (!t->from->vector)
            put64(g, t->from->rows);
        put32(g, mw_dtypes[t->dtype].id);
        put64(g, t->at);
    }
    static const unsigned char zeros[MW_GGUF_ALIGN];
    put(g, zeros, (MW_GGUF_ALIGN - g->head_bytes % MW_GGUF_ALIGN) % MW_GGUF_ALIGN);
}

static void put_metadata(mw_gguf_new *g, const mw_model *m, mw_dtype dtype, const mw_tokenizer *t)
{
    enum { ARRAYS = 3 };
    const mw_config *c = &m->config;
    const pair pairs[] = {
        {.key = "general.architecture", .type = OF_TEXT, .text = "llama"},
        {.key = "general.name", .type = OF_TEXT, .text = m->name},
        {.key = "general.alignment", .type = OF_U32, .number = MW_GGUF_ALIGN},
        {.key = "general.file_type", .type = OF_U32, .number = file_types[dtype]},
        {.key = "llama.vocab_size", .type = OF_U32, .number = c->vocab_size},
        {.key = "llama.context_length", .type = OF_U32, .number = c->seq_len},
        {.key = "llama.embedding_length", .type = OF_U32, .number = c->dim},
        {.key = "llama.block_count", .type = OF_U32, .number = c->n_layers},
        {.key = "llama.feed_forward_length", .type = OF_U32, .number = c->hidden_dim},
        {.key = "llama.attention.head_count", .type = OF_U32, .number = c->n_heads},
        {.key = "llama.attention.head_count_kv", .type = OF_U32, .number = c->n_kv_heads},
        {.key = "llama.attention.layer_norm_rms_epsilon", .type = OF_F32, .real = 1e-5f},
        {.key = "llama.rope.dimension_count", .type = OF_U32, .number = mw_head_size(c)},
        {.key = "llama.rope.freq_base", .type = OF_F32, .real = 10000},
        {.key = "tokenizer.ggml.model", .type = OF_TEXT, .text = "llama"},
        {.key = "tokenizer.ggml.pre", .type = OF_TEXT, .text = "default"},
        {.key = "tokenizer.ggml.bos_token_id", .type = OF_U32, .number = MW_TOKEN_BOS},
        {.key = "tokenizer.ggml.eos_token_id", .type = OF_U32, .number = MW_TOKEN_EOS},
        {.key = "tokenizer.ggml.unknown_token_id", .type = OF_U32, .number = 0},
        {.key = "tokenizer.ggml.add_bos_token", .type = OF_BOOL, .number = true},
        {.key = "tokenizer.ggml.add_eos_token", .type = OF_BOOL, .number = false},
        {.key = "tokenizer.ggml.add_space_prefix", .type = OF_BOOL, .number = true},
    };
    const size_t n = sizeof pairs / sizeof *pairs;
    put(g, "GGUF", 4);
    put32(g, MW_GGUF_VERSION);
    put64(g, g->n_tensors);
    put64(g, n + ARRAYS);
    for (size_t i = 0; i < n; i++)
        put_pair(g, &pairs[i]);
    put_vocabulary(g, t, c->vocab_size);
}

int mw_gguf_plan(const mw_model *m, mw_dtype dtype, const char *tokenizer, mw_gguf_new *g, mw_error *err)
{
    *g = (mw_gguf_new){0};
    mw_tokenizer *t = NULL;
    uint64_t data = 0;
    if (tokenizer && mw_tokenizer_inside(tokenizer))
        return mw_fail(err, -EINVAL, "%s: is a GGUF file; give the tokenizer.bin of %s", tokenizer, m->file.path);
    int rc = tokenizer ? mw_tokenizer_open(tokenizer, m->config.vocab_size, &t, err) : 0;
    if (!rc && t)
        rc = check_unique(t, m->config.vocab_size, tokenizer, err);
    if (!rc && m->config.vocab_size < SPECIAL_TOKENS)
        rc = mw_fail(err, -EINVAL, "%s: %u tokens; a GGUF vocabulary has at least %d", m->file.path,
                     m->config.vocab_size, SPECIAL_TOKENS);
    if (!rc && !mw_config_is_llama2(&m->config))
        rc = mw_fail(err, -ENOTSUP, "%s: is not a Llama-2 model; only these are written as GGUF", m->file.path);
    mw_gguf_name *names = calloc(m->n_tensors, sizeof *names);
    if (!rc)
        g->tensors = calloc(m->n_tensors, sizeof *g->tensors);
    if (!rc && g->tensors && names) {
        mw_gguf_names(&m->config, names);
        name_tensors(g, m, dtype, names);
        if (!place(g, &data))
            rc = mw_fail(err, -EINVAL, "%s: is too large for a file", m->file.path);
        put_metadata(g, m, dtype, t);
        put_table(g);
    }
    if (!rc && (!g->tensors || !names || g->out_of_memory))
        rc = mw_fail(err, -ENOMEM, "%s: no memory for the head of its GGUF file", m->file.path);
    if (!rc && !mw_add_u64(g->head_bytes, data, &g->bytes))
        rc = mw_fail(err, -EINVAL, "%s: is too large for a file", m->file.path);
    free(names);
    mw_tokenizer_close(t);
    return rc;
}

void mw_gguf_free(mw_gguf_new *g)
{
    free(g->head);
    free(g->tensors);
}
