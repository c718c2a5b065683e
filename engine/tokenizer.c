/* Byte-pair encoding as llama2.c does it, in O(n log n).
 *
 * The text is cut into UTF-8 code points; each is the token of that name, or one byte token a byte. Then, again and
 * again, the adjacent pair whose concatenation is the piece with the best score becomes that piece; the leftmost of
 * equals goes first. llama2.c scans the whole sequence for every merge. Here the tokens form a linked list and the
 * candidate pairs a heap ordered by (score, position), which takes the same pairs in the same order: a merge only
 * creates or removes pairs at its own two borders, so an entry is stale exactly if one of its two tokens has changed.
 *
 * A piece that occurs twice in a vocabulary is always the lower id (llama2.c: whichever its sort leaves in front). No
 * published Llama vocabulary repeats a piece. */
#include "engine/tokenizer.h"

#include "platform/checked.h"
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
    LONGEST_TEXT = 1 << 29, /* positions and heap sizes stay far inside of int32_t */
    FIRST_BYTE_TOKEN = 3,
    RECORD_BYTES = 8, /* score and length in front of every piece */
};

/* Below this llama2.c does not merge. */
static const float WORST_SCORE = -1e10f;

typedef struct piece {
    const char *text; /* NUL-terminated, inside of mw_tokenizer.file */
    uint32_t bytes;
    float score;
} piece;

/* An index entry. The first eight bytes of the piece, as a number that sorts like the text, decide nearly every step of
 * a search without touching the text. */
typedef struct entry {
    uint64_t prefix;
    const piece *piece;
} entry;

struct mw_tokenizer {
    uint32_t n_pieces, longest;
    piece *pieces;
    entry *sorted; /* by text, then by id */
    char *file;
    char single[256][2]; /* every byte as a string, for decoding */
    char path[512];
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

/* The lowest id whose piece is `text`, or -1. */
static int32_t find(const mw_tokenizer *t, const char *text)
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

/* Fills t->pieces from t->file. A piece ends where the score of the next token stands, so once that score is read, the
 * NUL can be written over it: the pieces need no second copy. t->file has one byte more than the file. */
static int parse(mw_tokenizer *t, uint64_t size, mw_error *err)
{
    uint64_t at = 4;
    for (uint32_t i = 0; i < t->n_pieces; i++) {
        if (size - at < RECORD_BYTES)
            return mw_fail(err, -EINVAL, "%s: ends before token %u of %u: truncated, or not the tokenizer of this "
                           "model", t->path, i, t->n_pieces);
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
            return mw_fail(err, -EINVAL, "%s: token %u is %d bytes long where 1 to %u are possible: not a "
                           "tokenizer.bin, or damaged", t->path, i, (int32_t)bytes, t->longest);
        if (size - at < bytes)
            return mw_fail(err, -EINVAL, "%s: ends inside token %u of %u: truncated, copy or download it again",
                           t->path, i, t->n_pieces);
        if (memchr(p->text, '\0', bytes))
            return mw_fail(err, -EINVAL, "%s: token %u contains a NUL byte: not a tokenizer.bin, or damaged",
                           t->path, i);
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
        return mw_fail(err, -EINVAL, "%s: the model asks for %u tokens where %d to %d are possible: check the model "
                       "file", t->path, t->n_pieces, SMALLEST_VOCABULARY, LARGEST_VOCABULARY);
    if (!mw_mul_u64(t->n_pieces, RECORD_BYTES + 1, &least) || !mw_add_u64(least, 4, &least) || file->bytes < least)
        return mw_fail(err, -EINVAL, "%s: %llu bytes are too few for the %u tokens of the model: truncated, or not its "
                       "tokenizer", t->path, (unsigned long long)file->bytes, t->n_pieces);
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
        return mw_fail(err, -EINVAL, "%s: names %d as its longest token where 1 to %d are possible: not a "
                       "tokenizer.bin", t->path, (int32_t)t->longest, LONGEST_PIECE);
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
        code = load(t, &file, err);
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

/* The byte that "<0xHH>" stands for; -1 for any other text. */
static int byte_value(const char *text)
{
    if (strncmp(text, "<0x", 3) != 0)
        return -1;
    int high = hex_digit(text[3]), low = high < 0 ? -1 : hex_digit(text[4]);
    return low < 0 || strcmp(text + 5, ">") != 0 ? -1 : high * 16 + low;
}

const char *mw_tokenizer_decode(const mw_tokenizer *tokenizer, int32_t previous, int32_t id)
{
    if (id < 0 || (uint32_t)id >= tokenizer->n_pieces)
        return NULL;
    const char *text = tokenizer->pieces[id].text;
    if (previous == MW_TOKEN_BOS && *text == ' ')
        text++;
    int byte = byte_value(text);
    return byte < 0 ? text : tokenizer->single[byte];
}

bool mw_piece_printable(const char *text)
{
    if (!text || !*text)
        return false;
    /* Spelled out rather than isprint() and isspace(), which depend on the locale. */
    return text[1] || (*text >= ' ' && *text <= '~') || (*text >= '\t' && *text <= '\r');
}

/* --- encoding ---------------------------------------------------------------------------------------------------- */

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
    int32_t sum = find(t, e->joined);
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

/* One code point, or what stands in its place: `bytes` (1 to 4) of `text`. */
static int append_point(encoder *e, const char *text, int bytes, mw_error *err)
{
    const mw_tokenizer *t = e->tokenizer;
    char point[5] = {0};
    memcpy(point, text, (size_t)bytes);
    int32_t id = find(t, point);
    if (id >= 0) {
        append(e, id);
        return 0;
    }
    for (int i = 0; i < bytes; i++) {
        int byte = (unsigned char)point[i];
        id = FIRST_BYTE_TOKEN + byte;
        if ((uint32_t)id >= t->n_pieces || byte_value(t->pieces[id].text) != byte)
            return mw_fail(err, -EINVAL, "%s: has no token for byte 0x%02X of the text: use a tokenizer with byte "
                           "tokens, or other text", t->path, (unsigned)byte);
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
