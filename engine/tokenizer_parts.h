/* What the parts of the tokenizer share. tokenizer.c opens files, looks pieces up and decodes; tokenizer_llama2c.c and
 * tokenizer_gguf.c read files; tokenizer_encode.c encodes, by way of one of three kinds (tokenizer_llama2c.c,
 * tokenizer_spm.c, tokenizer_bpe.c), which all merge pairs with tokenizer_merge.c. */
#ifndef MW_ENGINE_TOKENIZER_PARTS_H
#define MW_ENGINE_TOKENIZER_PARTS_H

#include "engine/pretokenizer.h"
#include "engine/tokenizer.h"
#include "layouts/gguf.h"

enum { MW_LARGEST_VOCABULARY = 1 << 24 };

typedef struct piece {
    const char *text;  /* what encoding looks up */
    const char *shown; /* what decoding returns: NUL-terminated */
    uint32_t bytes;    /* of text */
    float score;
    bool outside; /* a token of a byte-level vocabulary that no text is encoded to: not written in its alphabet */
} piece;

/* An index entry. The first eight bytes of the piece, as a number that sorts like the text, decide nearly every step of
 * a search without touching the text. */
typedef struct entry {
    uint64_t prefix;
    const piece *piece;
} entry;

/* A merge of a byte-level vocabulary: two tokens, their concatenation, and the merge's place in the file's list. */
typedef struct merge_rule {
    uint64_t pair; /* left << 32 | right */
    int32_t rank, sum;
} merge_rule;

struct mw_tokenizer {
    const struct mw_tokenizer_kind *kind;
    uint32_t n_pieces, longest; /* bytes of the longest piece */
    piece *pieces;
    entry *sorted; /* by outside, text and id */
    char *texts;   /* of all pieces */
    mw_tokenizer_ends ends;
    int32_t byte_ids[256]; /* the token of each byte, -1 if there is none */
    char single[256][2];   /* every byte as a string, for decoding */
    bool strips;           /* a text begins with a space that was put in front of it */
    bool whole_words;      /* kind bpe: a word that is a token becomes it, whatever the merges say */
    int32_t *user_defined; /* tokens that a text is searched for before anything else, the longest first */
    uint32_t n_user_defined;
    merge_rule *rules; /* kind bpe: sorted by pair, then rank */
    uint32_t n_rules;
    mw_pretokenizer *pretokenizer; /* kind bpe */
    char path[512];
};

/* A symbol: a piece of the text that is one token, or none yet. It stands at the position of its first byte. */
typedef struct symbol {
    int32_t id;    /* -1: no token */
    int32_t bytes; /* of the text; 0: nothing starts here */
    int32_t previous, next;
} symbol;

/* A pair of neighbours that may become one. */
typedef struct candidate {
    float score;
    int32_t at, right, bytes; /* positions of both, and their bytes together */
    int32_t sum;              /* the token that they become */
} candidate;

/* An encoding under way: the ids so far, and room for symbols that grows with the texts. */
typedef struct encoder {
    const mw_tokenizer *tokenizer;
    int32_t *ids;
    size_t n, room;
    const char *text; /* of the symbols */
    symbol *symbols;
    candidate *heap;
    size_t symbol_room;
    int32_t last, n_heap; /* the last symbol, -1 if there is none */
} encoder;

/* How a kind of tokenizer encodes. */
typedef struct mw_tokenizer_kind {
    /* Appends the ids of a text of at least one byte. `first`: it is the first of its text, or follows a token that was
     * found in it. */
    int (*encode)(encoder *e, const char *text, size_t bytes, bool first, mw_error *err);
    /* Whether the symbols at two positions may merge; fills score (the highest goes first) and sum. */
    bool (*pair)(const encoder *e, int32_t left, int32_t right, float *score, int32_t *sum);
    bool drops; /* bytes without a token are left out; otherwise they are errors */
} mw_tokenizer_kind;

extern const mw_tokenizer_kind mw_tokenizer_llama2c, mw_tokenizer_spm, mw_tokenizer_bpe;

/* Appends an id. */
int mw_encoder_put(encoder *e, int32_t id, mw_error *err);

/* Merging: start with a text, add its symbols from left to right, and finish. */
int mw_merge_start(encoder *e, const char *text, size_t bytes, mw_error *err);
void mw_merge_add(encoder *e, int32_t at, int32_t bytes, int32_t id);

/* Merges, and appends the ids of the symbols that remain; one that is no token becomes the tokens of its bytes. -EINVAL
 * for a byte without a token, unless the kind drops it. */
int mw_merge_finish(encoder *e, mw_error *err);

/* Readers fill *t, which has kind, path and single, and pieces but no index. `vocab_size` is that of the model, 0 if
 * there is none. */
int mw_tokenizer_read_llama2c(mw_tokenizer *t, const mw_file *file, uint32_t vocab_size, mw_error *err);
int mw_tokenizer_read_gguf(mw_tokenizer *t, const mw_file *file, uint32_t vocab_size, mw_error *err);

/* Makes room for the pieces and their index; -ENOMEM. */
int mw_tokenizer_reserve(mw_tokenizer *t, uint32_t n, mw_error *err);

/* Sorts the index and finds the longest piece. From then on pieces can be looked up. */
void mw_tokenizer_index(mw_tokenizer *t);

/* Kind bpe (tokenizer_bpe.c): writes the bytes that a text of the byte-level alphabet stands for to `to` (as long as
 * `from`), and returns their number; -1 if a character is outside of the alphabet. */
int64_t mw_bpe_bytes(const char *from, size_t bytes, char *to);

/* Reads tokenizer.ggml.pre and merges; the pieces are there and indexed. */
int mw_bpe_read(mw_tokenizer *t, const mw_gguf *g, mw_error *err);

#endif
