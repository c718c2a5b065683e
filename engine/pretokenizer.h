/* Pre-tokenizers of byte-level vocabularies: regular expressions that cut a text into words, within which pairs are
 * merged. GGUF files name theirs (tokenizer.ggml.pre). They run on PCRE2, which is optional: pretokenizer_none.c stands
 * in for it and refuses. */
#ifndef MW_ENGINE_PRETOKENIZER_H
#define MW_ENGINE_PRETOKENIZER_H

#include "platform/error.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct mw_pretokenizer mw_pretokenizer;

/* What else depends on the name of a pre-tokenizer. */
typedef struct mw_pretokenizer_facts {
    bool whole_words; /* a word that is a token becomes it, whatever the merges say */
    bool add_bos;     /* unless the file says otherwise */
} mw_pretokenizer_facts;

/* Opens the pre-tokenizer that GGUF files call by these bytes. `path` is for messages: an unknown name is -ENOTSUP with
 * a line that lists the known ones. *out is closed with mw_pretokenizer_close; NULL on error. */
int mw_pretokenizer_open(const char *name, size_t bytes, const char *path, mw_pretokenizer_facts *facts,
                         mw_pretokenizer **out, mw_error *err);
void mw_pretokenizer_close(mw_pretokenizer *p);

/* Finds the word that starts at text[at], at < bytes; *word is its length, at least 1 and within the text. `text` is
 * UTF-8 but for code points of surrogates, which may be there, encoded like others. */
int mw_pretokenizer_next(mw_pretokenizer *p, const char *text, size_t bytes, size_t at, size_t *word, mw_error *err);

/* Whether this build has PCRE2. */
bool mw_pretokenizer_there(void);

#endif
