/* The vocabularies that GGUF calls "gpt2": byte-level byte-pair encoding (Radford et al., "Language Models are
 * Unsupervised Multitask Learners", 2019, section 2.2). A pre-tokenizer cuts the text into words. The bytes of a word
 * are its first symbols; a list of merges says which two tokens may become which one, the earlier ones first.
 *
 * Such files write every byte as a printable character. Pieces are stored as the bytes themselves, so the texts need no
 * translation. StarCoder's, among others, lack a few bytes that UTF-8 seldom has. As in llama.cpp they are left out. */
#include "engine/tokenizer_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST_CHARACTER = 0x143, LONGEST_MERGE = 1 << 16, LARGEST_LIST = 1 << 24 };

/* The byte that a character of the alphabet stands for: printable ones of Latin-1 for themselves, the other bytes, in
 * order, for U+0100 and on. -1: not of the alphabet. */
static int byte_of(unsigned point)
{
    if ((point >= '!' && point <= '~') || (point >= 0xA1 && point <= 0xFF && point != 0xAD))
        return (int)point;
    if (point < 0x100 || point > LARGEST_CHARACTER)
        return -1;
    const unsigned n = point - 0x100;
    return n <= ' ' ? (int)n : n == LARGEST_CHARACTER - 0x100 ? 0xAD : (int)(n - '!' + 0x7F);
}

int64_t mw_bpe_bytes(const char *from, size_t bytes, char *to)
{
    int64_t n = 0;
    for (size_t i = 0; i < bytes; i++) {
        unsigned point = (unsigned char)from[i];
        if (point >= 0x80) { /* all characters of the alphabet have one or two bytes */
            const unsigned next = i + 1 < bytes ? (unsigned char)from[i + 1] : 0;
            if (point < 0xC2 || point > 0xDF || (next & 0xC0) != 0x80)
                return -1;
            point = (point & 0x1F) << 6 | (next & 0x3F);
            i++;
        }
        const int byte = byte_of(point);
        if (byte < 0)
            return -1;
        to[n++] = (char)byte;
    }
    return n;
}

/* --- the list of merges --- */

static int compare_rules(const void *left, const void *right)
{
    const merge_rule *a = left, *b = right;
    return a->pair != b->pair ? (a->pair < b->pair ? -1 : 1) : (a->rank > b->rank) - (a->rank < b->rank);
}

/* "left right", two tokens whose concatenation is a token. */
static int read_rule(const mw_tokenizer *t, mw_gguf_text text, int32_t rank, merge_rule *rule, mw_error *err)
{
    static const char *const names[] = {"left part", "right part", "result"};
    char joined[LONGEST_MERGE];
    const char *gap = text.bytes > 1 ? memchr(text.at + 1, ' ', text.bytes - 1) : NULL;
    if (!gap || text.bytes > LONGEST_MERGE)
        return mw_fail(err, -EINVAL, "%s: merge %d is '%.*s', not two tokens with a space between", t->path, rank,
                       MW_GGUF_SHOWN(text));
    const size_t length = (size_t)(gap - text.at);
    const int64_t left = mw_bpe_bytes(text.at, length, joined);
    const int64_t right = left < 0 ? -1 : mw_bpe_bytes(gap + 1, text.bytes - length - 1, joined + left);
    int32_t ids[3] = {-1, -1, -1};
    if (right >= 0) {
        ids[0] = mw_tokenizer_find(t, joined, (size_t)left);
        ids[1] = mw_tokenizer_find(t, joined + left, (size_t)right);
        ids[2] = mw_tokenizer_find(t, joined, (size_t)(left + right));
    }
    for (int i = 0; i < 3; i++)
        if (ids[i] < 0)
            return mw_fail(err, -EINVAL, "%s: the %s of merge %d, '%.*s', is no token", t->path, names[i], rank,
                           MW_GGUF_SHOWN(text));
    *rule = (merge_rule){(uint64_t)ids[0] << 32 | (uint32_t)ids[1], rank, ids[2]};
    return 0;
}

static int read_rules(mw_tokenizer *t, const mw_gguf *g, mw_error *err)
{
    mw_gguf_array merges;
    mw_gguf_text text;
    int rc = mw_gguf_get_array(g, "tokenizer.ggml.merges", MW_GGUF_TEXTS, &merges, err);
    if (rc <= 0)
        return rc ? rc : mw_fail(err, -EINVAL, "%s: has no tokenizer.ggml.merges", t->path);
    if (merges.count > LARGEST_LIST)
        return mw_fail(err, -EINVAL, "%s: %u merges are more than the %d that are supported", t->path, merges.count,
                       LARGEST_LIST);
    t->rules = malloc((merges.count + (size_t)1) * sizeof *t->rules);
    if (!t->rules)
        return mw_fail(err, -ENOMEM, "%s: not enough memory for %u merges", t->path, merges.count);
    while (mw_gguf_next_text(&merges, &text)) {
        rc = read_rule(t, text, (int32_t)t->n_rules, &t->rules[t->n_rules], err);
        if (rc)
            return rc;
        t->n_rules++;
    }
    qsort(t->rules, t->n_rules, sizeof *t->rules, compare_rules);
    return 0;
}

int mw_bpe_read(mw_tokenizer *t, const mw_gguf *g, mw_error *err)
{
    mw_gguf_text name = {0};
    mw_pretokenizer_facts facts;
    int rc = mw_gguf_get_text(g, "tokenizer.ggml.pre", &name, err);
    if (rc == 0)
        rc = mw_fail(err, -EINVAL, "%s: does not name its pre-tokenizer (tokenizer.ggml.pre); convert the model again",
                     t->path);
    if (rc > 0)
        rc = mw_pretokenizer_open(name.at, name.bytes, t->path, &facts, &t->pretokenizer, err);
    if (rc)
        return rc;
    t->whole_words = facts.whole_words;
    t->ends.add_bos = facts.add_bos;
    for (int i = 0; i < 256; i++)
        t->byte_ids[i] = mw_tokenizer_find(t, t->single[i], 1);
    return read_rules(t, g, err);
}

/* --- encoding --- */

static int put_point(uint32_t point, char *to)
{
    if (point < 0x80) {
        to[0] = (char)point;
        return 1;
    }
    const int more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3; /* continuation bytes */
    to[0] = (char)(0xFF00u >> (more + 1) | point >> 6 * more);
    for (int i = 1; i <= more; i++)
        to[i] = (char)(0x80 | (point >> 6 * (more - i) & 0x3F));
    return more + 1;
}

/* Copies a text with U+FFFD for every byte that is not part of UTF-8; returns its length, at most three times that of
 * `text`. As llama.cpp does, code points that have more bytes than they need get the shortest form, and surrogates
 * stay. */
static size_t repair(const char *text, size_t bytes, char *to)
{
    size_t n = 0;
    for (size_t at = 0; at < bytes;) {
        const unsigned char lead = (unsigned char)text[at];
        const size_t length = lead < 0x80   ? 1
                              : lead < 0xC0 ? 0
                              : lead < 0xE0 ? 2
                              : lead < 0xF0 ? 3
                              : lead < 0xF8 ? 4
                                            : 0;
        uint32_t point = length > 1 ? lead & (0x7Fu >> length) : lead;
        bool good = length > 0 && length <= bytes - at;
        for (size_t i = 1; good && i < length; i++) {
            good = (text[at + i] & 0xC0) == 0x80;
            point = point << 6 | (text[at + i] & 0x3F);
        }
        good = good && point <= 0x10FFFF;
        n += (size_t)put_point(good ? point : 0xFFFD, to + n);
        at += good ? length : 1;
    }
    return n;
}

static int encode_word(encoder *e, const char *word, size_t bytes, mw_error *err)
{
    const mw_tokenizer *t = e->tokenizer;
    const int32_t whole = t->whole_words ? mw_tokenizer_find(t, word, bytes) : -1;
    if (whole >= 0)
        return mw_encoder_put(e, whole, err);
    int rc = mw_merge_start(e, word, bytes, err);
    if (rc)
        return rc;
    for (size_t i = 0; i < bytes; i++)
        mw_merge_add(e, (int32_t)i, 1, t->byte_ids[(unsigned char)word[i]]);
    return mw_merge_finish(e, err);
}

static int encode(encoder *e, const char *text, size_t bytes, bool first, mw_error *err)
{
    (void)first; /* no space is put in front */
    char *good = malloc(3 * bytes);
    if (!good)
        return mw_fail(err, -ENOMEM, "not enough memory to encode a text of %zu bytes", bytes);
    bytes = repair(text, bytes, good);
    int rc = 0;
    for (size_t at = 0, word = 0; !rc && at < bytes; at += word) {
        rc = mw_pretokenizer_next(e->tokenizer->pretokenizer, good, bytes, at, &word, err);
        if (!rc)
            rc = encode_word(e, good + at, word, err);
    }
    free(good);
    return rc;
}

static bool pair(const encoder *e, int32_t left, int32_t right, float *score, int32_t *sum)
{
    const mw_tokenizer *t = e->tokenizer;
    if (e->symbols[left].id < 0 || e->symbols[right].id < 0)
        return false;
    const uint64_t wanted = (uint64_t)e->symbols[left].id << 32 | (uint32_t)e->symbols[right].id;
    uint32_t low = 0, high = t->n_rules;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (t->rules[middle].pair < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == t->n_rules || t->rules[low].pair != wanted)
        return false;
    *score = -(float)t->rules[low].rank; /* exact below 2^24 */
    *sum = t->rules[low].sum;
    return true;
}

const mw_tokenizer_kind mw_tokenizer_bpe = {encode, pair, .drops = true};
