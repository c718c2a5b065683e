/* Reading tokenizer.bin, looking pieces up, and turning ids back into text.
 *
 * A piece that occurs twice in a vocabulary always maps to the lower id (llama2.c: to whichever its sort puts first).
 * No published Llama vocabulary repeats a piece. */
#include "engine/tokenizer_parts.h"

#include "platform/checked.h"
#include "platform/foreign.h"
#include "platform/os.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SMALLEST_VOCABULARY = 3, /* <unk>, BOS, EOS */
    LARGEST_VOCABULARY = 1 << 24,
    LARGEST_FILE = 256 << 20,
    LONGEST_PIECE = 4096,
    RECORD_BYTES = 8, /* score and length before every piece */
};

static uint32_t read_u32(const char *from)
{
    const unsigned char *b = (const unsigned char *)from;
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static uint64_t prefix_of(const char *text)
{
    uint64_t prefix = 0;
    for (int i = 0; i < 8; i++)
        prefix = prefix << 8 | (*text ? (unsigned char)*text++ : 0);
    return prefix;
}

static int compare_entries(const void *left, const void *right)
{
    const entry *a = left, *b = right;
    if (a->prefix != b->prefix)
        return a->prefix < b->prefix ? -1 : 1;
    int order = strcmp(a->piece->text, b->piece->text);
    return order ? order : (a->piece > b->piece) - (a->piece < b->piece);
}

int32_t mw_tokenizer_find(const mw_tokenizer *t, const char *text)
{
    uint64_t prefix = prefix_of(text);
    size_t low = 0, high = t->n_pieces;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const entry *e = &t->sorted[middle];
        if (e->prefix < prefix || (e->prefix == prefix && strcmp(e->piece->text, text) < 0))
            low = middle + 1;
        else
            high = middle;
    }
    if (low == t->n_pieces || t->sorted[low].prefix != prefix || strcmp(t->sorted[low].piece->text, text) != 0)
        return -1;
    return (int32_t)(t->sorted[low].piece - t->pieces);
}

/* Fills t->pieces from t->file. A piece ends where the score of the next token begins, so once that score is read, the
 * NUL can be written over it: the pieces need no second copy. t->file has one byte more than the file. */
static int parse(mw_tokenizer *t, uint64_t size, mw_error *err)
{
    uint64_t at = 4;
    for (uint32_t i = 0; i < t->n_pieces; i++) {
        if (size - at < RECORD_BYTES)
            return mw_fail(err, -EINVAL,
                           "%s: ends before token %u of %u: truncated, or not the tokenizer of this "
                           "model",
                           t->path, i, t->n_pieces);
        uint32_t score = read_u32(t->file + at), bytes = read_u32(t->file + at + 4);
        t->file[at] = '\0';
        at += RECORD_BYTES;
        piece *p = &t->pieces[i];
        *p = (piece){.text = t->file + at, .bytes = bytes};
        memcpy(&p->score, &score, sizeof score);
        if (!isfinite(p->score))
            return mw_fail(err, -EINVAL, "%s: the score of token %u is not finite: not a tokenizer.bin, or damaged",
                           t->path, i);
        if (bytes < 1 || bytes > t->longest)
            return mw_fail(err, -EINVAL,
                           "%s: token %u is %d bytes long where 1 to %u are possible: not a "
                           "tokenizer.bin, or damaged",
                           t->path, i, (int32_t)bytes, t->longest);
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
    t->file[size] = '\0';
    return 0;
}

static int load(mw_tokenizer *t, const mw_file *file, mw_error *err)
{
    uint64_t least;
    if (t->n_pieces < SMALLEST_VOCABULARY || t->n_pieces > LARGEST_VOCABULARY)
        return mw_fail(err, -EINVAL,
                       "%s: the model asks for %u tokens where %d to %d are possible: check the model "
                       "file",
                       t->path, t->n_pieces, SMALLEST_VOCABULARY, LARGEST_VOCABULARY);
    if (!mw_mul_u64(t->n_pieces, RECORD_BYTES + 1, &least) || !mw_add_u64(least, 4, &least) || file->bytes < least)
        return mw_fail(err, -EINVAL,
                       "%s: %llu bytes are too few for the %u tokens of the model: truncated, or not its "
                       "tokenizer",
                       t->path, (unsigned long long)file->bytes, t->n_pieces);
    if (file->bytes > LARGEST_FILE)
        return mw_fail(err, -EFBIG, "%s: %llu bytes are too many for a tokenizer: is this the model file?", t->path,
                       (unsigned long long)file->bytes);

    t->file = malloc((size_t)file->bytes + 1);
    t->pieces = malloc(t->n_pieces * sizeof *t->pieces);
    t->sorted = malloc(t->n_pieces * sizeof *t->sorted);
    if (!t->file || !t->pieces || !t->sorted)
        return mw_fail(err, -ENOMEM, "%s: not enough memory for a tokenizer of %u tokens", t->path, t->n_pieces);
    int code = mw_file_read(file, 0, t->file, (size_t)file->bytes, err);
    if (code)
        return code;

    t->longest = read_u32(t->file);
    if (t->longest < 1 || t->longest > LONGEST_PIECE)
        return mw_fail(err, -EINVAL,
                       "%s: names %d as its longest token where 1 to %d are possible: not a "
                       "tokenizer.bin",
                       t->path, (int32_t)t->longest, LONGEST_PIECE);
    code = parse(t, file->bytes, err);
    if (code)
        return code;
    for (uint32_t i = 0; i < t->n_pieces; i++)
        t->sorted[i] = (entry){prefix_of(t->pieces[i].text), &t->pieces[i]};
    qsort(t->sorted, t->n_pieces, sizeof *t->sorted, compare_entries);
    for (int i = 0; i < 256; i++)
        t->single[i][0] = (char)i;
    return 0;
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
        t->n_pieces = vocab_size;
        snprintf(t->path, sizeof t->path, "%s", file.path);
        code =
            mw_foreign_explain(&file, "a tokenizer.bin (llama2.c's tokenizer.py makes them)", load(t, &file, err), err);
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
    free(tokenizer->file);
    free(tokenizer->pieces);
    free(tokenizer->sorted);
    free(tokenizer);
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
    const char *text = tokenizer->pieces[id].text;
    if (previous == MW_TOKEN_BOS && *text == ' ')
        text++;
    int byte = mw_tokenizer_byte_value(text);
    return byte < 0 ? text : tokenizer->single[byte];
}

bool mw_piece_printable(const char *text)
{
    if (!text || !*text)
        return false;
    const unsigned char c = (unsigned char)*text;
    return text[1] || (c >= ' ' && c != 0x7f) || (c >= '\t' && c <= '\r');
}
