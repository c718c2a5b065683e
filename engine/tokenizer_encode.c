/* Byte-pair encoding as llama2.c does it, in O(n log n).
 *
 * The text is cut into UTF-8 code points; each is the token of that name, or one byte token per byte. Then, again and
 * again, the adjacent pair whose concatenation is the piece with the best score becomes that piece; the leftmost of
 * equals goes first. llama2.c scans the whole sequence for every merge. Here the tokens form a linked list and the
 * candidate pairs a heap ordered by (score, position), which takes the same pairs in the same order: a merge only
 * creates or removes pairs at its own two borders, so an entry is stale exactly if one of its two tokens has
 * changed.
 */
#include "engine/tokenizer_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_TEXT = 1 << 29 }; /* positions and heap sizes stay far inside of int32_t */

/* Below this llama2.c does not merge. */
static const float WORST_SCORE = -1e10f;

typedef struct symbol {
    int32_t id, previous, next; /* the neighbours' positions, -1 at the ends */
} symbol;

typedef struct candidate {
    float score;
    int32_t at;               /* position of the left token */
    int32_t left, right, sum; /* ids of both when the candidate was made, and of their concatenation */
} candidate;

typedef struct encoder {
    const mw_tokenizer *tokenizer;
    symbol *symbols;
    candidate *heap; /* each merge takes one entry and adds at most two: never more than twice the symbols */
    char *joined;    /* scratch: one piece and its NUL */
    int32_t n_symbols, n_heap;
} encoder;

static bool goes_before(const candidate *a, const candidate *b)
{
    return a->score > b->score || (a->score == b->score && a->at < b->at);
}

static void push(encoder *e, candidate c)
{
    int32_t at = e->n_heap++;
    for (int32_t parent; at > 0 && goes_before(&c, &e->heap[parent = (at - 1) / 2]); at = parent)
        e->heap[at] = e->heap[parent];
    e->heap[at] = c;
}

static candidate pop(encoder *e)
{
    candidate top = e->heap[0], last = e->heap[--e->n_heap];
    int32_t at = 0;
    for (int32_t child; (child = 2 * at + 1) < e->n_heap; at = child) {
        if (child + 1 < e->n_heap && goes_before(&e->heap[child + 1], &e->heap[child]))
            child++;
        if (!goes_before(&e->heap[child], &last))
            break;
        e->heap[at] = e->heap[child];
    }
    e->heap[at] = last;
    return top;
}

/* Adds the pair at positions `at` and its successor, if together they are a piece. */
static void propose(encoder *e, int32_t at)
{
    const mw_tokenizer *t = e->tokenizer;
    if (at < 0 || e->symbols[at].next < 0)
        return;
    int32_t left = e->symbols[at].id, right = e->symbols[e->symbols[at].next].id;
    const piece *a = &t->pieces[left], *b = &t->pieces[right];
    if (a->bytes + b->bytes > t->longest)
        return;
    memcpy(e->joined, a->text, a->bytes);
    memcpy(e->joined + a->bytes, b->text, b->bytes + 1);
    int32_t sum = mw_tokenizer_find(t, e->joined);
    if (sum >= 0 && t->pieces[sum].score > WORST_SCORE)
        push(e, (candidate){t->pieces[sum].score, at, left, right, sum});
}

static void merge(encoder *e)
{
    for (int32_t i = 0; i + 1 < e->n_symbols; i++)
        propose(e, i);
    while (e->n_heap > 0) {
        candidate c = pop(e);
        symbol *left = &e->symbols[c.at];
        if (left->id != c.left || left->next < 0 || e->symbols[left->next].id != c.right)
            continue;
        symbol *right = &e->symbols[left->next];
        left->id = c.sum;
        left->next = right->next;
        right->id = -1; /* no candidate that starts here is valid any more */
        if (left->next >= 0)
            e->symbols[left->next].previous = c.at;
        propose(e, left->previous);
        propose(e, c.at);
    }
}

static void append(encoder *e, int32_t id)
{
    e->symbols[e->n_symbols] = (symbol){id, e->n_symbols - 1, e->n_symbols + 1};
    e->n_symbols++;
}

/* One code point, or its replacement: `bytes` (1 to 4) of `text`. */
static int append_point(encoder *e, const char *text, int bytes, mw_error *err)
{
    const mw_tokenizer *t = e->tokenizer;
    char point[5] = {0};
    memcpy(point, text, (size_t)bytes);
    int32_t id = mw_tokenizer_find(t, point);
    if (id >= 0) {
        append(e, id);
        return 0;
    }
    for (int i = 0; i < bytes; i++) {
        int byte = (unsigned char)point[i];
        id = MW_FIRST_BYTE_TOKEN + byte;
        if ((uint32_t)id >= t->n_pieces || mw_tokenizer_byte_value(t->pieces[id].text) != byte)
            return mw_fail(err, -EINVAL,
                           "%s: has no token for byte 0x%02X of the text: use a tokenizer with byte "
                           "tokens, or other text",
                           t->path, (unsigned)byte);
        append(e, id);
    }
    return 0;
}

static int encode(encoder *e, const char *text, bool bos, mw_error *err)
{
    if (!*text && !bos)
        return 0;
    if (bos)
        append(e, MW_TOKEN_BOS);
    int code = *text ? append_point(e, " ", 1, err) : 0;
    while (!code && *text) {
        int bytes = 1;
        while (bytes < 4 && (text[bytes] & 0xC0) == 0x80)
            bytes++;
        code = append_point(e, text, bytes, err);
        text += bytes;
    }
    if (code)
        return code;
    e->symbols[e->n_symbols - 1].next = -1;
    merge(e);
    return 0;
}

int mw_tokenizer_encode(const mw_tokenizer *tokenizer, const char *text, bool bos, bool eos, int32_t **ids, size_t *n,
                        mw_error *err)
{
    *ids = NULL;
    *n = 0;
    size_t length = strlen(text);
    if (length > LONGEST_TEXT)
        return mw_fail(err, -E2BIG, "a text of %zu bytes is too long to encode: at most %d", length, LONGEST_TEXT);
    size_t most = length + 3; /* BOS, the prefix, EOS */
    encoder e = {.tokenizer = tokenizer};
    e.symbols = malloc(most * sizeof *e.symbols);
    e.heap = malloc(2 * most * sizeof *e.heap);
    e.joined = malloc((size_t)tokenizer->longest + 1);
    int32_t *result = malloc(most * sizeof *result);
    int code = e.symbols && e.heap && e.joined && result
                   ? encode(&e, text, bos, err)
                   : mw_fail(err, -ENOMEM, "not enough memory to encode a text of %zu bytes", length);
    if (!code) {
        for (int32_t i = e.n_symbols ? 0 : -1; i >= 0; i = e.symbols[i].next)
            result[(*n)++] = e.symbols[i].id;
        if (eos)
            result[(*n)++] = MW_TOKEN_EOS;
        *ids = result;
        result = NULL;
    }
    free(result);
    free(e.joined);
    free(e.heap);
    free(e.symbols);
    return code;
}
