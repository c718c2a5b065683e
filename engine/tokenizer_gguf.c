/* Vocabularies out of the metadata of GGUF files. The keys are those that ggml's docs/gguf.md describes; what holds if
 * a key is missing is what llama.cpp takes for granted. (It also gives "gpt2" a BOS and an EOS of 11; here they have
 * none.) */
#include "engine/tokenizer_parts.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As files number them. */
enum { UNDEFINED, NORMAL, UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE, TOKEN_TYPES };

/* Every one is looked for in every text. */
enum { MOST_USER_DEFINED = 1024 };

typedef struct source {
    const mw_gguf *g;
    bool bytes; /* pieces are written in the byte-level alphabet */
    mw_gguf_array scores, types;
    bool has_scores, has_types;
} source;

/* Copies a text to *end, ends it with a NUL and moves *end behind it. */
static char *put(char **end, const char *from, size_t bytes)
{
    char *to = *end;
    memcpy(to, from, bytes);
    to[bytes] = '\0';
    *end += bytes + 1;
    return to;
}

/* SentencePiece's mark of a space, back to a space. */
static void show_spaces(const char *text, char **end)
{
    while (*text) {
        const bool mark = strncmp(text, "\xe2\x96\x81", 3) == 0;
        *(*end)++ = mark ? ' ' : *text;
        text += mark ? 3 : 1;
    }
    *(*end)++ = '\0';
}

/* What encoding looks up and decoding shows of a token, which takes at most twice the text and two NULs. */
static void fill(const mw_tokenizer *t, bool alphabet, mw_gguf_text text, int64_t type, piece *p, char **end)
{
    char *copy = put(end, text.at, text.bytes);
    *p = (piece){.text = copy, .shown = copy, .bytes = (uint32_t)text.bytes};
    const int byte = type == BYTE ? mw_tokenizer_byte_value(copy) : -1;
    if (alphabet) {
        char *bytes = *end;
        const int64_t n = mw_bpe_bytes(text.at, text.bytes, bytes);
        p->outside = n < 0;
        if (n > 0) {
            bytes[n] = '\0';
            *end += n + 1;
            p->text = bytes;
            p->bytes = (uint32_t)n;
        }
    }
    if (type == USER_DEFINED)
        return;
    if (byte >= 0) {
        p->shown = t->single[byte];
    } else if (type != NORMAL) {
        p->shown = "";
    } else if (alphabet) {
        p->shown = p->text;
    } else if (strstr(copy, "\xe2\x96\x81")) {
        p->shown = *end;
        show_spaces(copy, end);
    }
}

static int read_pieces(mw_tokenizer *t, const source *s, mw_gguf_array tokens, mw_error *err)
{
    mw_gguf_array again = tokens;
    mw_gguf_text text;
    size_t room = 0;
    for (uint32_t i = 0; mw_gguf_next_text(&again, &text); i++) {
        if (text.bytes == 0)
            return mw_fail(err, -EINVAL, "%s: token %u is empty", t->path, i);
        room += 2 * (text.bytes + 1);
    }
    t->texts = malloc(room);
    if (!t->texts)
        return mw_fail(err, -ENOMEM, "%s: not enough memory for the texts of %u tokens", t->path, t->n_pieces);
    char *end = t->texts;
    for (uint32_t i = 0; i < t->n_pieces; i++) {
        /* Another program may have written to the file since. */
        if (!mw_gguf_next_text(&tokens, &text) || 2 * (text.bytes + 1) > room)
            return mw_fail(err, -EINVAL, "%s: changed while it was read", t->path);
        room -= 2 * (text.bytes + 1);
        piece *p = &t->pieces[i];
        const int64_t type = s->has_types ? mw_gguf_int_at(&s->types, i) : NORMAL;
        if (type < 0 || type >= TOKEN_TYPES)
            return mw_fail(err, -EINVAL, "%s: token %u is of type %lld where 0 to %d are defined", t->path, i,
                           (long long)type, TOKEN_TYPES - 1);
        fill(t, s->bytes, text, type, p, &end);
        p->score = s->has_scores ? mw_gguf_float_at(&s->scores, i) : 0;
        if (isnan(p->score))
            return mw_fail(err, -EINVAL, "%s: the score of token %u is not a number", t->path, i);
        t->n_user_defined += type == USER_DEFINED;
    }
    mw_tokenizer_index(t);
    for (uint32_t i = 1; i < t->n_pieces; i++) {
        const piece *a = t->sorted[i - 1].piece, *b = t->sorted[i].piece;
        if (a->outside == b->outside && a->bytes == b->bytes && memcmp(a->text, b->text, a->bytes) == 0)
            return mw_fail(err, -EINVAL, "%s: tokens %d and %d are both '%.64s'", t->path, (int)(a - t->pieces),
                           (int)(b - t->pieces), a->text);
    }
    return 0;
}

/* An array with an element per token, which may be missing if `needed` is false. */
static int of_tokens(const mw_tokenizer *t, const mw_gguf *g, const char *key, mw_gguf_kind kind, bool needed,
                     mw_gguf_array *array, bool *there, mw_error *err)
{
    int rc = mw_gguf_get_array(g, key, kind, array, err);
    *there = rc > 0;
    if (rc == 0 && needed)
        return mw_fail(err, -EINVAL, "%s: has no %s", t->path, key);
    if (rc > 0 && array->count != t->n_pieces)
        return mw_fail(err, -EINVAL, "%s: %s has %u elements for %u tokens", t->path, key, array->count, t->n_pieces);
    return rc < 0 ? rc : 0;
}

static int read_user_defined(mw_tokenizer *t, const source *s, mw_error *err)
{
    const uint32_t most = t->n_user_defined;
    if (most > MOST_USER_DEFINED)
        return mw_fail(err, -EINVAL, "%s: %u user-defined tokens are more than the %d that are supported", t->path,
                       most, MOST_USER_DEFINED);
    t->user_defined = malloc((most + (size_t)1) * sizeof *t->user_defined);
    if (!t->user_defined)
        return mw_fail(err, -ENOMEM, "%s: not enough memory for its user-defined tokens", t->path);
    t->n_user_defined = 0;
    for (uint32_t i = 0; i < t->n_pieces && s->has_types && t->n_user_defined < most; i++) {
        const size_t length = strlen(t->pieces[i].shown);
        if (mw_gguf_int_at(&s->types, i) != USER_DEFINED || length == 0)
            continue;
        uint32_t at = t->n_user_defined++;
        for (; at > 0 && strlen(t->pieces[t->user_defined[at - 1]].shown) < length; at--)
            t->user_defined[at] = t->user_defined[at - 1];
        t->user_defined[at] = (int32_t)i;
    }
    return 0;
}

static int read_id(const mw_tokenizer *t, const mw_gguf *g, const char *key, int32_t *id, mw_error *err)
{
    uint32_t value;
    const int rc = mw_gguf_u32(g, key, &value, err);
    if (rc > 0 && value >= t->n_pieces)
        return mw_fail(err, -EINVAL, "%s: %s is %u, but there are %u tokens", t->path, key, value, t->n_pieces);
    if (rc > 0)
        *id = (int32_t)value;
    else if (*id >= 0 && (uint32_t)*id >= t->n_pieces)
        *id = -1;
    return rc < 0 ? rc : 0;
}

static int read_ends(mw_tokenizer *t, const mw_gguf *g, mw_error *err)
{
    mw_tokenizer_ends *ends = &t->ends;
    int rc = read_id(t, g, "tokenizer.ggml.bos_token_id", &ends->bos, err);
    if (!rc)
        rc = read_id(t, g, "tokenizer.ggml.eos_token_id", &ends->eos, err);
    if (!rc)
        rc = read_id(t, g, "tokenizer.ggml.eot_token_id", &ends->eot, err);
    if (!rc)
        rc = mw_gguf_bool(g, "tokenizer.ggml.add_bos_token", &ends->add_bos, err);
    if (rc >= 0)
        rc = mw_gguf_bool(g, "tokenizer.ggml.add_eos_token", &ends->add_eos, err);
    if (rc >= 0 && ends->add_bos && ends->bos < 0)
        return mw_fail(err, -EINVAL, "%s: wants a BOS token added and does not name it (tokenizer.ggml.bos_token_id)",
                       t->path);
    if (rc >= 0 && ends->add_eos && ends->eos < 0)
        return mw_fail(err, -EINVAL, "%s: wants an EOS token added and does not name it (tokenizer.ggml.eos_token_id)",
                       t->path);
    return rc < 0 ? rc : 0;
}

/* What only "llama" has. */
static int read_spm(mw_tokenizer *t, const mw_gguf *g, mw_error *err)
{
    for (int i = 0; i < 256; i++) {
        char name[8];
        snprintf(name, sizeof name, "<0x%02X>", (unsigned)i);
        t->byte_ids[i] = mw_tokenizer_find(t, name, strlen(name));
        if (t->byte_ids[i] < 0)
            t->byte_ids[i] = mw_tokenizer_find(t, t->single[i], 1);
    }
    t->strips = true;
    const int rc = mw_gguf_bool(g, "tokenizer.ggml.add_space_prefix", &t->strips, err);
    return rc < 0 ? rc : 0;
}

static int read_all(mw_tokenizer *t, const mw_gguf *g, uint32_t vocab_size, mw_error *err)
{
    source s = {.g = g};
    mw_gguf_text model = {0};
    mw_gguf_array tokens;
    int rc = mw_gguf_get_text(g, "tokenizer.ggml.model", &model, err);
    if (rc <= 0)
        return rc ? rc : mw_fail(err, -EINVAL, "%s: has no vocabulary (tokenizer.ggml.model)", t->path);
    if (!mw_gguf_is(model, "llama") && !mw_gguf_is(model, "gpt2"))
        return mw_fail(err, -ENOTSUP, "%s: its vocabulary is of type '%.*s'; supported are llama and gpt2", t->path,
                       MW_GGUF_SHOWN(model));
    s.bytes = mw_gguf_is(model, "gpt2");
    t->kind = s.bytes ? &mw_tokenizer_bpe : &mw_tokenizer_spm;
    t->ends = s.bytes ? (mw_tokenizer_ends){-1, -1, -1, false, false}
                      : (mw_tokenizer_ends){MW_TOKEN_BOS, MW_TOKEN_EOS, -1, true, false};
    rc = mw_gguf_get_array(g, "tokenizer.ggml.tokens", MW_GGUF_TEXTS, &tokens, err);
    if (rc < 0)
        return rc;
    if (rc == 0 || tokens.count == 0)
        return mw_fail(err, -EINVAL, "%s: has no tokens (tokenizer.ggml.tokens)", t->path);
    if (tokens.count > MW_LARGEST_VOCABULARY)
        return mw_fail(err, -EINVAL, "%s: %u tokens are more than the %d that are supported", t->path, tokens.count,
                       MW_LARGEST_VOCABULARY);
    if (vocab_size && tokens.count != vocab_size)
        return mw_fail(err, -EINVAL, "%s: has %u tokens, the model %u: not the tokenizer of this model", t->path,
                       tokens.count, vocab_size);
    t->n_pieces = tokens.count; /* of_tokens compares with it */
    rc = of_tokens(t, g, "tokenizer.ggml.scores", MW_GGUF_FLOATS, !s.bytes, &s.scores, &s.has_scores, err);
    if (!rc)
        rc = of_tokens(t, g, "tokenizer.ggml.token_type", MW_GGUF_INTS, false, &s.types, &s.has_types, err);
    if (!rc)
        rc = mw_tokenizer_reserve(t, tokens.count, err);
    if (!rc)
        rc = read_pieces(t, &s, tokens, err);
    if (!rc)
        rc = read_user_defined(t, &s, err);
    if (!rc)
        rc = s.bytes ? mw_bpe_read(t, g, err) : read_spm(t, g, err);
    return rc ? rc : read_ends(t, g, err);
}

int mw_tokenizer_read_gguf(mw_tokenizer *t, const mw_file *file, uint32_t vocab_size, mw_error *err)
{
    mw_gguf *g;
    int rc = mw_gguf_open(file, &g, err);
    if (rc)
        return rc;
    rc = read_all(t, g, vocab_size, err);
    mw_gguf_close(g);
    return rc;
}
