/* The vocabularies that GGUF calls "llama": SentencePiece's byte-pair encoding. Spaces are written as U+2581, one of
 * them in front of the text unless the file says otherwise. Two symbols may merge if their text is a token, whether or
 * not they are tokens themselves; the token's score is that of the pair. What is no token in the end becomes one byte
 * token per byte. (Kudo and Richardson, "SentencePiece", 2018; symbols are cut as llama.cpp cuts them, by their first
 * byte alone, which matters for bytes that are not UTF-8. Like llama.cpp this ignores remove_extra_whitespaces.) */
#include "engine/tokenizer_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char space[] = "\xe2\x96\x81";
enum { SPACE_BYTES = 3 };

/* Writes a text with its spaces marked; returns its length, at most three times that of `text` and the prefix. */
static size_t mark_spaces(const char *text, size_t bytes, bool prefix, char *to)
{
    size_t n = 0;
    if (prefix) {
        memcpy(to, space, SPACE_BYTES);
        n = SPACE_BYTES;
    }
    for (size_t i = 0; i < bytes; i++) {
        if (text[i] == ' ') {
            memcpy(to + n, space, SPACE_BYTES);
            n += SPACE_BYTES;
        } else {
            to[n++] = text[i];
        }
    }
    return n;
}

static int encode(encoder *e, const char *text, size_t bytes, bool first, mw_error *err)
{
    char *marked = calloc(bytes + 1, SPACE_BYTES);
    if (!marked)
        return mw_fail(err, -ENOMEM, "not enough memory to encode a text of %zu bytes", bytes);
    const size_t n = mark_spaces(text, bytes, first && e->tokenizer->strips, marked);
    int rc = mw_merge_start(e, marked, n, err);
    for (size_t at = 0, length; !rc && at < n; at += length) {
        const unsigned char lead = (unsigned char)marked[at];
        length = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        if (length > n - at)
            length = n - at;
        mw_merge_add(e, (int32_t)at, (int32_t)length, mw_tokenizer_find(e->tokenizer, marked + at, length));
    }
    if (!rc)
        rc = mw_merge_finish(e, err);
    free(marked);
    return rc;
}

static bool pair(const encoder *e, int32_t left, int32_t right, float *score, int32_t *sum)
{
    const mw_tokenizer *t = e->tokenizer;
    *sum = mw_tokenizer_find(t, e->text + left, (size_t)(e->symbols[left].bytes + e->symbols[right].bytes));
    if (*sum < 0)
        return false;
    *score = t->pieces[*sum].score;
    return true;
}

const mw_tokenizer_kind mw_tokenizer_spm = {encode, pair, .drops = false};
