/* Opening tokenizers, looking pieces up, and turning ids back into text. */
#include "engine/tokenizer_parts.h"

#include "engine/cache.h"
#include "platform/foreign.h"
#include "platform/os.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- the index --- */

static uint64_t prefix_of(const char *text, size_t bytes)
{
    uint64_t prefix = 0;
    for (size_t i = 0; i < 8; i++)
        prefix = prefix << 8 | (i < bytes ? (unsigned char)text[i] : 0);
    return prefix;
}

static int compare_texts(const entry *a, uint64_t prefix, const char *text, size_t bytes)
{
    if (a->prefix != prefix)
        return a->prefix < prefix ? -1 : 1;
    const size_t of_a = a->piece->bytes;
    const int order = memcmp(a->piece->text, text, of_a < bytes ? of_a : bytes);
    return order ? order : (of_a > bytes) - (of_a < bytes);
}

static int compare_entries(const void *left, const void *right)
{
    const entry *a = left, *b = right;
    if (a->piece->outside != b->piece->outside)
        return a->piece->outside ? 1 : -1;
    const int order = compare_texts(a, b->prefix, b->piece->text, b->piece->bytes);
    return order ? order : (a->piece > b->piece) - (a->piece < b->piece);
}

int mw_tokenizer_reserve(mw_tokenizer *t, uint32_t n, mw_error *err)
{
    t->n_pieces = n;
    t->pieces = malloc(n * sizeof *t->pieces);
    t->sorted = malloc(n * sizeof *t->sorted);
    if (!t->pieces || !t->sorted)
        return mw_fail(err, -ENOMEM, "%s: not enough memory for a tokenizer of %u tokens", t->path, n);
    return 0;
}

void mw_tokenizer_index(mw_tokenizer *t)
{
    t->longest = 0;
    for (uint32_t i = 0; i < t->n_pieces; i++) {
        const piece *p = &t->pieces[i];
        t->sorted[i] = (entry){prefix_of(p->text, p->bytes), p};
        if (p->bytes > t->longest)
            t->longest = p->bytes;
    }
    qsort(t->sorted, t->n_pieces, sizeof *t->sorted, compare_entries);
}

int32_t mw_tokenizer_find(const mw_tokenizer *t, const char *text, size_t bytes)
{
    const uint64_t prefix = prefix_of(text, bytes);
    size_t low = 0, high = t->n_pieces;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const entry *e = &t->sorted[middle];
        if (!e->piece->outside && compare_texts(e, prefix, text, bytes) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == t->n_pieces || t->sorted[low].piece->outside || compare_texts(&t->sorted[low], prefix, text, bytes) != 0)
        return -1;
    return (int32_t)(t->sorted[low].piece - t->pieces);
}

/* --- opening --- */

static int read_file(mw_tokenizer *t, const mw_file *file, uint32_t vocab_size, mw_error *err)
{
    unsigned char head[8] = {0};
    for (int i = 0; i < 256; i++)
        t->single[i][0] = (char)i;
    const int code = file->bytes >= sizeof head ? mw_file_read(file, 0, head, sizeof head, err) : 0;
    if (code)
        return code;
    if (mw_gguf_recognised(head, sizeof head))
        return mw_tokenizer_read_gguf(t, file, vocab_size, err);
    return mw_foreign_explain(file, "a GGUF file or a tokenizer.bin (llama2.c's tokenizer.py makes them)",
                              mw_tokenizer_read_llama2c(t, file, vocab_size, err), err);
}

int mw_tokenizer_open(const char *path, uint32_t vocab_size, mw_tokenizer **out, mw_error *err)
{
    *out = NULL;
    mw_file file;
    int code = mw_file_open(path, &file, err);
    if (code)
        return code;
    mw_tokenizer *t = calloc(1, sizeof *t);
    if (t) {
        snprintf(t->path, sizeof t->path, "%s", file.path);
        code = read_file(t, &file, vocab_size, err);
    } else {
        code = mw_fail(err, -ENOMEM, "%s: not enough memory for a tokenizer", file.path);
    }
    mw_file_close(&file);
    if (code)
        mw_tokenizer_close(t);
    else
        *out = t;
    return code;
}

void mw_tokenizer_close(mw_tokenizer *tokenizer)
{
    if (!tokenizer)
        return;
    mw_pretokenizer_close(tokenizer->pretokenizer);
    free(tokenizer->rules);
    free(tokenizer->user_defined);
    free(tokenizer->texts);
    free(tokenizer->pieces);
    free(tokenizer->sorted);
    free(tokenizer);
}

int mw_tokenizer_choose(const char *named, const char *model, uint32_t vocab_size, mw_tokenizer **out, mw_error *err)
{
    char path[512];
    *out = NULL;
    const int rc = named ? mw_cache_find(named, path, sizeof path, err) : 0;
    return rc ? rc : mw_tokenizer_open(named ? path : model, vocab_size, out, err);
}

bool mw_tokenizer_inside(const char *model)
{
    unsigned char head[8];
    char path[512];
    mw_file file = {.fd = -1};
    const bool inside = mw_cache_find(model, path, sizeof path, NULL) == 0 && mw_file_open(path, &file, NULL) == 0 &&
                        file.bytes >= sizeof head && mw_file_read(&file, 0, head, sizeof head, NULL) == 0 &&
                        mw_gguf_recognised(head, sizeof head);
    mw_file_close(&file);
    return inside;
}

/* --- ids --- */

uint32_t mw_tokenizer_size(const mw_tokenizer *tokenizer)
{
    return tokenizer->n_pieces;
}

const mw_tokenizer_ends *mw_tokenizer_get_ends(const mw_tokenizer *tokenizer)
{
    return &tokenizer->ends;
}

bool mw_tokenizer_is_end(const mw_tokenizer *tokenizer, int32_t id)
{
    const mw_tokenizer_ends *ends = &tokenizer->ends;
    return id >= 0 && (id == ends->bos || id == ends->eos || id == ends->eot);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int mw_tokenizer_byte_value(const char *text)
{
    if (strncmp(text, "<0x", 3) != 0)
        return -1;
    int high = hex_digit(text[3]), low = high < 0 ? -1 : hex_digit(text[4]);
    return low < 0 || strcmp(text + 5, ">") != 0 ? -1 : high * 16 + low;
}

const char *mw_tokenizer_piece(const mw_tokenizer *tokenizer, int32_t id, float *score)
{
    if (id < 0 || (uint32_t)id >= tokenizer->n_pieces)
        return NULL;
    *score = tokenizer->pieces[id].score;
    return tokenizer->pieces[id].text;
}

const char *mw_tokenizer_decode(const mw_tokenizer *tokenizer, int32_t previous, int32_t id)
{
    if (id < 0 || (uint32_t)id >= tokenizer->n_pieces)
        return NULL;
    const char *shown = tokenizer->pieces[id].shown;
    if (!tokenizer->strips || (previous >= 0 && previous != tokenizer->ends.bos) || *shown != ' ')
        return shown;
    const int byte = mw_tokenizer_byte_value(++shown); /* llama2.c looks for a byte behind the space */
    return byte < 0 ? shown : tokenizer->single[byte];
}

bool mw_piece_printable(const char *text)
{
    if (!text || !*text)
        return false;
    const unsigned char c = (unsigned char)*text;
    return text[1] || (c >= ' ' && c != 0x7f) || (c >= '\t' && c <= '\r');
}
