/* Byte-pair merging in O(n log n).
 *
 * A text is a sequence of symbols. Again and again, the pair of neighbours with the best score becomes one symbol; the
 * leftmost of equals goes first. A plain implementation scans the whole sequence for every merge. Here the symbols form
 * a linked list and the candidate pairs a heap ordered by (score, position), which takes the same pairs in the same
 * order: a merge only creates or removes pairs at its own two borders. A candidate is stale exactly if one of its two
 * symbols has changed. The left one changes by taking what is right of it, so the right one is gone then; the right one
 * changes by growing. Both show in the sum of their bytes. */
#include "engine/tokenizer_parts.h"

#include <errno.h>
#include <stdlib.h>

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

static void propose(encoder *e, int32_t at)
{
    if (at < 0 || e->symbols[at].next < 0)
        return;
    const int32_t right = e->symbols[at].next, bytes = e->symbols[at].bytes + e->symbols[right].bytes;
    candidate c = {.at = at, .right = right, .bytes = bytes};
    if ((uint32_t)bytes <= e->tokenizer->longest && e->tokenizer->kind->pair(e, at, right, &c.score, &c.sum))
        push(e, c);
}

int mw_merge_start(encoder *e, const char *text, size_t bytes, mw_error *err)
{
    e->text = text;
    e->last = -1;
    e->n_heap = 0;
    if (bytes <= e->symbol_room)
        return 0;
    free(e->symbols);
    free(e->heap);
    const size_t room = bytes < 128 ? 256 : 2 * bytes; /* words come one after the other, each longer than the last */
    e->symbols = malloc(room * sizeof *e->symbols);
    e->heap = malloc(2 * room * sizeof *e->heap); /* each merge takes one and adds at most two */
    e->symbol_room = e->symbols && e->heap ? room : 0;
    return e->symbol_room ? 0 : mw_fail(err, -ENOMEM, "not enough memory to encode a text of %zu bytes", bytes);
}

void mw_merge_add(encoder *e, int32_t at, int32_t bytes, int32_t id)
{
    e->symbols[at] = (symbol){id, bytes, e->last, -1};
    if (e->last >= 0)
        e->symbols[e->last].next = at;
    e->last = at;
}

static void merge_all(encoder *e)
{
    for (int32_t at = 0; at >= 0; at = e->symbols[at].next)
        propose(e, at);
    while (e->n_heap > 0) {
        const candidate c = pop(e);
        symbol *left = &e->symbols[c.at], *right = &e->symbols[c.right];
        if (!left->bytes || !right->bytes || left->bytes + right->bytes != c.bytes)
            continue;
        left->id = c.sum;
        left->bytes = c.bytes;
        left->next = right->next;
        right->bytes = 0;
        if (left->next >= 0)
            e->symbols[left->next].previous = c.at;
        propose(e, left->previous);
        propose(e, c.at);
    }
}

int mw_merge_finish(encoder *e, mw_error *err)
{
    const mw_tokenizer *t = e->tokenizer;
    int rc = 0;
    merge_all(e);
    for (int32_t at = 0; at >= 0 && !rc; at = e->symbols[at].next) {
        const symbol *s = &e->symbols[at];
        if (s->id >= 0) {
            rc = mw_encoder_put(e, s->id, err);
            continue;
        }
        for (int32_t i = 0; i < s->bytes && !rc; i++) {
            const unsigned char byte = (unsigned char)e->text[at + i];
            if (t->byte_ids[byte] >= 0)
                rc = mw_encoder_put(e, t->byte_ids[byte], err);
            else if (!t->kind->drops)
                rc = mw_fail(err, -EINVAL,
                             "%s: has no token for byte 0x%02X of the text: use a tokenizer with byte tokens, or other "
                             "text",
                             t->path, byte);
        }
    }
    return rc;
}
