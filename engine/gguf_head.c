/* What comes before the weights in a GGUF file, from bytes to the vocabulary. gguf_plan.c has the rest.
 *
 *   "GGUF", u32 version, u64 tensors, u64 pairs
 *   pairs of a key and a value; a text is u64 bytes and the bytes, an array u32 type, u64 count and the values
 *   tensors: name, u32 dimensions, u64 sizes (the contiguous one first), u32 type, u64 offset behind the head
 *   zeros up to the alignment */
#include "engine/gguf_parts.h"

#include "layouts/gguf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- bytes --- */

void mw_gguf_put(mw_gguf_new *g, const void *from, size_t n)
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

void mw_gguf_put32(mw_gguf_new *g, uint32_t value)
{
    mw_gguf_put(g, &value, sizeof value); /* this program runs on little-endian machines only */
}

void mw_gguf_put64(mw_gguf_new *g, uint64_t value)
{
    mw_gguf_put(g, &value, sizeof value);
}

void mw_gguf_put_text(mw_gguf_new *g, const char *text)
{
    mw_gguf_put64(g, strlen(text));
    mw_gguf_put(g, text, strlen(text));
}

void mw_gguf_put_array(mw_gguf_new *g, const char *key, uint32_t type, uint64_t n)
{
    mw_gguf_put_text(g, key);
    mw_gguf_put32(g, MW_GGUF_ARRAY);
    mw_gguf_put32(g, type);
    mw_gguf_put64(g, n);
}

/* --- vocabulary --- */

typedef enum token_type { NORMAL = 1, UNKNOWN = 2, CONTROL = 3, UNUSED = 5, BYTE = 6 } token_type;

enum { SPECIAL_TOKENS = MW_GGUF_LEAST_TOKENS, BYTE_TOKENS = 256, LONGEST_TEXT = 3 * 4096 + 1 };
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
int mw_gguf_check_unique(const mw_tokenizer *t, uint32_t n, const char *path, mw_error *err)
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

void mw_gguf_put_vocabulary(mw_gguf_new *g, const mw_tokenizer *t, uint32_t n)
{
    static token one; /* large for a stack */
    mw_gguf_put_array(g, "tokenizer.ggml.tokens", MW_GGUF_TEXT, n);
    for (uint32_t id = 0; id < n; id++) {
        token_of(t, id, &one);
        mw_gguf_put_text(g, one.text);
    }
    mw_gguf_put_array(g, "tokenizer.ggml.scores", MW_GGUF_F32, n);
    for (uint32_t id = 0; id < n; id++) {
        token_of(t, id, &one);
        mw_gguf_put(g, &one.score, sizeof one.score);
    }
    mw_gguf_put_array(g, "tokenizer.ggml.token_type", MW_GGUF_I32, n);
    for (uint32_t id = 0; id < n; id++) {
        token_of(t, id, &one);
        mw_gguf_put32(g, one.type);
    }
}
