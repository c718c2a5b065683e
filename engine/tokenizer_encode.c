/* Encoding: the ends of a text, tokens that stand in it by name, and what lies between them. */
#include "engine/tokenizer_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_TEXT = 1 << 26 }; /* 64 MiB; positions in a text three times as long stay far inside of int32_t */

int mw_encoder_put(encoder *e, int32_t id, mw_error *err)
{
    if (e->n == e->room) {
        const size_t room = e->room ? 2 * e->room : 256;
        int32_t *more = realloc(e->ids, room * sizeof *more);
        if (!more)
            return mw_fail(err, -ENOMEM, "not enough memory for %zu ids of a text", room);
        e->ids = more;
        e->room = room;
    }
    e->ids[e->n++] = id;
    return 0;
}

/* Encodes a text in which the first `from` user-defined tokens do not occur. The longest that does divides it, wherever
 * it stands; the parts are treated alike. */
static int encode_part(encoder *e, const char *text, size_t bytes, uint32_t from, bool first, mw_error *err)
{
    const mw_tokenizer *t = e->tokenizer;
    while (bytes > 0 && from < t->n_user_defined) {
        const int32_t id = t->user_defined[from];
        const piece *p = &t->pieces[id];
        const size_t length = strlen(p->shown);
        const char *found = length <= bytes ? memmem(text, bytes, p->shown, length) : NULL;
        if (!found) {
            from++;
            continue;
        }
        int rc = encode_part(e, text, (size_t)(found - text), from + 1, first, err);
        if (!rc)
            rc = mw_encoder_put(e, id, err);
        if (rc)
            return rc;
        bytes -= (size_t)(found - text) + length;
        text = found + length;
        first = true;
    }
    return bytes > 0 ? t->kind->encode(e, text, bytes, first, err) : 0;
}

static int put_end(encoder *e, int32_t id, const char *name, mw_error *err)
{
    return id >= 0 ? mw_encoder_put(e, id, err)
                   : mw_fail(err, -EINVAL, "%s: has no %s token to add to a text", e->tokenizer->path, name);
}

int mw_tokenizer_encode(const mw_tokenizer *tokenizer, const char *text, size_t bytes, bool bos, bool eos,
                        int32_t **ids, size_t *n, mw_error *err)
{
    *ids = NULL;
    *n = 0;
    if (bytes > LONGEST_TEXT)
        return mw_fail(err, -E2BIG, "a text of %zu bytes is too long to encode: at most %d", bytes, LONGEST_TEXT);
    encoder e = {.tokenizer = tokenizer};
    int rc = bos ? put_end(&e, tokenizer->ends.bos, "BOS", err) : 0;
    if (!rc)
        rc = encode_part(&e, text, bytes, 0, true, err);
    if (!rc && eos)
        rc = put_end(&e, tokenizer->ends.eos, "EOS", err);
    if (!rc && !e.ids) { /* no id, but an array that can be freed */
        e.ids = malloc(sizeof *e.ids);
        rc = e.ids ? 0 : mw_fail(err, -ENOMEM, "not enough memory to encode a text");
    }
    free(e.symbols);
    free(e.heap);
    if (rc) {
        free(e.ids);
        return rc;
    }
    *ids = e.ids;
    *n = e.n;
    return 0;
}

int mw_tokenizer_prompt(const mw_tokenizer *tokenizer, const char *text, int32_t **ids, size_t *n, mw_error *err)
{
    const mw_tokenizer_ends *ends = &tokenizer->ends;
    int rc = mw_tokenizer_encode(tokenizer, text, strlen(text), ends->add_bos, ends->add_eos, ids, n, err);
    if (!rc && *n == 0) {
        free(*ids);
        *ids = NULL;
        rc = mw_fail(err, -EINVAL, "the prompt is empty, and %s adds no BOS to it; give a prompt", tokenizer->path);
    }
    return rc;
}
