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

#endif
