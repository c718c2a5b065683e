/* What the two halves of the tokenizer share: reading and decoding (tokenizer.c), encoding (tokenizer_encode.c). */
#ifndef MW_ENGINE_TOKENIZER_PARTS_H
#define MW_ENGINE_TOKENIZER_PARTS_H

#include "engine/tokenizer.h"

enum { MW_FIRST_BYTE_TOKEN = 3 };

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

/* The token whose piece is exactly `text`, the lowest of several; -1 if there is none. */
int32_t mw_tokenizer_find(const mw_tokenizer *tokenizer, const char *text);

/* The byte that a piece of the form "<0x0A>" stands for; -1 for any other piece. */
int mw_tokenizer_byte_value(const char *text);

#endif
