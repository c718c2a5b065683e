/* llama2.c's tokenizer.bin, and its way of encoding: a text, with a space in front, is cut into UTF-8 code points; each
 * is the token of that name, or one byte token per byte. Two tokens may merge if their pieces, one after the other, are
 * a piece.
 *
 * A piece that occurs twice in a vocabulary always maps to the lower id (llama2.c: to whichever its sort puts first).
 * No published Llama vocabulary repeats a piece. */
#include "engine/tokenizer_parts.h"

#include "platform/checked.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    SMALLEST_VOCABULARY = 3, /* <unk>, BOS, EOS */
    FIRST_BYTE_TOKEN = 3,
    LARGEST_FILE = 256 << 20,
    LONGEST_PIECE = 4096,
    RECORD_BYTES = 8, /* score and length before every piece */
};

/* Below this llama2.c does not merge. */
static const float WORST_SCORE = -1e10f;

static uint32_t read_u32(const char *from)
{
    const unsigned char *b = (const unsigned char *)from;
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

/* Fills t->pieces from t->texts, the file. A piece ends where the score of the next token begins, so once that score is
 * read, the NUL can be written over it: the pieces need no second copy. There is one byte more than the file. */
static int parse(mw_tokenizer *t, uint64_t size, uint32_t longest, mw_error *err)
{
    uint64_t at = 4;
    for (uint32_t i = 0; i < t->n_pieces; i++) {
        if (size - at < RECORD_BYTES)
            return mw_fail(err, -EINVAL,
                           "%s: ends before token %u of %u: truncated, or not the tokenizer of this "
                           "model",
                           t->path, i, t->n_pieces);
        uint32_t score = read_u32(t->texts + at), bytes = read_u32(t->texts + at + 4);
        t->texts[at] = '\0';
        at += RECORD_BYTES;
        piece *p = &t->pieces[i];
        *p = (piece){.text = t->texts + at, .bytes = bytes};
        memcpy(&p->score, &score, sizeof score);
        if (!isfinite(p->score))
            return mw_fail(err, -EINVAL, "%s: the score of token %u is not finite: not a tokenizer.bin, or damaged",
                           t->path, i);
        if (bytes < 1 || bytes > longest)
            return mw_fail(err, -EINVAL,
                           "%s: token %u is %d bytes long where 1 to %u are possible: not a "
                           "tokenizer.bin, or damaged",
                           t->path, i, (int32_t)bytes, longest);
        if (size - at < bytes)
            return mw_fail(err, -EINVAL, "%s: ends inside token %u of %u: truncated, copy or download it again",
                           t->path, i, t->n_pieces);
        if (memchr(p->text, '\0', bytes))
            return mw_fail(err, -EINVAL, "%s: token %u contains a NUL byte: not a tokenizer.bin, or damaged", t->path,
                           i);
        at += bytes;
    }
    if (at != size)
        return mw_fail(err, -EINVAL, "%s: %llu bytes follow the last of %u tokens: not the tokenizer of this model",
                       t->path, (unsigned long long)(size - at), t->n_pieces);
    t->texts[size] = '\0';
    return 0;
}

/* Reads the whole file and its first number. */
static int read_all(mw_tokenizer *t, const mw_file *file, uint32_t *longest, mw_error *err)
{
    if (file->bytes > LARGEST_FILE)
        return mw_fail(err, -EFBIG, "%s: %llu bytes are too many for a tokenizer: is this the model file?", t->path,
                       (unsigned long long)file->bytes);
    t->texts = malloc((size_t)file->bytes + 1);
    if (!t->texts)
        return mw_fail(err, -ENOMEM, "%s: not enough memory for a tokenizer", t->path);
    int code = mw_file_read(file, 0, t->texts, (size_t)file->bytes, err);
    if (code)
        return code;
    *longest = read_u32(t->texts);
    if (*longest < 1 || *longest > LONGEST_PIECE)
        return mw_fail(err, -EINVAL,
                       "%s: names %d as its longest token where 1 to %d are possible: not a "
                       "tokenizer.bin",
                       t->path, (int32_t)*longest, LONGEST_PIECE);
    return 0;
}

/* The records in t->texts, as far as their lengths can be followed: what a model that fits would ask for. */
static uint32_t count(const mw_tokenizer *t, uint64_t size)
{
    uint32_t n = 0;
    for (uint64_t at = 4; at < size; n++) {
        if (size - at < RECORD_BYTES || size - at - RECORD_BYTES < read_u32(t->texts + at + 4))
            return n + 1; /* which parse finds to be incomplete */
        at += RECORD_BYTES + read_u32(t->texts + at + 4);
    }
    return n;
}

int mw_tokenizer_read_llama2c(mw_tokenizer *t, const mw_file *file, uint32_t vocab_size, mw_error *err)
{
    const bool free_size = vocab_size == 0;
    uint32_t n = free_size ? SMALLEST_VOCABULARY : vocab_size, longest = 0;
    uint64_t least;
    if (n < SMALLEST_VOCABULARY || n > MW_LARGEST_VOCABULARY)
        return mw_fail(err, -EINVAL,
                       "%s: the model asks for %u tokens where %d to %d are possible: check the model "
                       "file",
                       t->path, n, SMALLEST_VOCABULARY, MW_LARGEST_VOCABULARY);
    if (!mw_mul_u64(n, RECORD_BYTES + 1, &least) || !mw_add_u64(least, 4, &least) || file->bytes < least)
        return mw_fail(err, -EINVAL,
                       "%s: %llu bytes are too few for the %u tokens of the model: truncated, or not its "
                       "tokenizer",
                       t->path, (unsigned long long)file->bytes, n);
    int code = read_all(t, file, &longest, err);
    if (!code && free_size)
        n = count(t, file->bytes);
    if (!code && n < SMALLEST_VOCABULARY)
        code = mw_fail(err, -EINVAL, "%s: holds %u tokens, too few: not a tokenizer.bin", t->path, n);
    if (!code)
        code = mw_tokenizer_reserve(t, n, err);
    if (!code)
        code = parse(t, file->bytes, longest, err);
    if (code)
        return code;
    t->kind = &mw_tokenizer_llama2c;
    t->strips = true;
    t->ends = (mw_tokenizer_ends){MW_TOKEN_BOS, MW_TOKEN_EOS, -1, true, false};
    mw_tokenizer_index(t);
    for (uint32_t i = 0; i < n; i++) {
        const int byte = mw_tokenizer_byte_value(t->pieces[i].text);
        t->pieces[i].shown = byte < 0 ? t->pieces[i].text : t->single[byte];
    }
    for (uint32_t i = 0; i < 256; i++) {
        const uint32_t id = FIRST_BYTE_TOKEN + i;
        const bool there = id < n && mw_tokenizer_byte_value(t->pieces[id].text) == (int)i;
        t->byte_ids[i] = there ? (int32_t)id : -1;
    }
    return 0;
}

/* --- encoding --- */

static int encode(encoder *e, const char *text, size_t bytes, bool first, mw_error *err)
{
    const mw_tokenizer *t = e->tokenizer;
    char *spaced = malloc(bytes + 1);
    (void)first; /* it always is: no tokens are found in a text */
    if (!spaced)
        return mw_fail(err, -ENOMEM, "not enough memory to encode a text of %zu bytes", bytes);
    spaced[0] = ' ';
    memcpy(spaced + 1, text, bytes++);
    int rc = mw_merge_start(e, spaced, bytes, err);
    for (size_t at = 0, length; !rc && at < bytes; at += length) {
        length = 1;
        while (at > 0 && length < 4 && at + length < bytes && (spaced[at + length] & 0xC0) == 0x80)
            length++;
        const int32_t id = mw_tokenizer_find(t, spaced + at, length);
        for (size_t i = 0; i < length && id < 0; i++)
            mw_merge_add(e, (int32_t)(at + i), 1, t->byte_ids[(unsigned char)spaced[at + i]]);
        if (id >= 0)
            mw_merge_add(e, (int32_t)at, (int32_t)length, id);
    }
    if (!rc)
        rc = mw_merge_finish(e, err);
    free(spaced);
    return rc;
}

static bool pair(const encoder *e, int32_t left, int32_t right, float *score, int32_t *sum)
{
    const mw_tokenizer *t = e->tokenizer;
    char joined[2 * LONGEST_PIECE];
    if (e->symbols[left].id < 0 || e->symbols[right].id < 0)
        return false;
    const piece *a = &t->pieces[e->symbols[left].id], *b = &t->pieces[e->symbols[right].id];
    memcpy(joined, a->text, a->bytes);
    memcpy(joined + a->bytes, b->text, b->bytes);
    *sum = mw_tokenizer_find(t, joined, a->bytes + b->bytes);
    if (*sum < 0)
        return false;
    *score = t->pieces[*sum].score;
    return *score > WORST_SCORE;
}

const mw_tokenizer_kind mw_tokenizer_llama2c = {encode, pair, .drops = false};
