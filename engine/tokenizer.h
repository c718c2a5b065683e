/* Tokenizers: llama2.c's tokenizer.bin, compatible with its encode and decode, and the vocabularies of GGUF files:
 * "llama" (SentencePiece's byte-pair encoding: scores, byte fallback) and "gpt2" (byte-level byte-pair encoding:
 * merges, a pre-tokenizer), compatible with llama.cpp. */
#ifndef MW_ENGINE_TOKENIZER_H
#define MW_ENGINE_TOKENIZER_H

#include "platform/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The ids of a tokenizer.bin. */
enum { MW_TOKEN_BOS = 1, MW_TOKEN_EOS = 2 };

typedef struct mw_tokenizer mw_tokenizer;

/* Opens a llama2.c tokenizer.bin (int32 longest piece, then per token float score, int32 length, bytes) or the
 * vocabulary in the metadata of a GGUF file; they are told apart by their first bytes. `vocab_size` comes from the
 * model: the file must hold exactly that many tokens; 0: there is no model, any number will do. The file is not trusted
 * until checked. *out is owned by the caller and closed with mw_tokenizer_close; NULL on error. */
int mw_tokenizer_open(const char *path, uint32_t vocab_size, mw_tokenizer **out, mw_error *err);
void mw_tokenizer_close(mw_tokenizer *tokenizer);

/* Whether a model (a path, or a name in the cache) is a GGUF file, which brings its own tokenizer. False if it cannot
 * be read. */
bool mw_tokenizer_inside(const char *model);

/* The same as mw_tokenizer_open, of a tokenizer that a user named (a path, or a name in the cache) or, if `named` is
 * NULL, of the model's own file. */
int mw_tokenizer_choose(const char *named, const char *model, uint32_t vocab_size, mw_tokenizer **out, mw_error *err);

/* The number of tokens. */
uint32_t mw_tokenizer_size(const mw_tokenizer *tokenizer);

/* Tokens that begin and end a text, -1 where there is none, and whether the file wants them added to a prompt. */
typedef struct mw_tokenizer_ends {
    int32_t bos, eos, eot;
    bool add_bos, add_eos;
} mw_tokenizer_ends;
const mw_tokenizer_ends *mw_tokenizer_get_ends(const mw_tokenizer *tokenizer);

/* Whether generated text is over: the token is one of these. A BOS starts another text. */
bool mw_tokenizer_is_end(const mw_tokenizer *tokenizer, int32_t id);

/* Encodes `bytes` bytes of text, UTF-8 as a rule: an optional BOS, the ids, an optional EOS. Of a tokenizer.bin and of
 * a "llama" vocabulary the ids begin with that of a space that is put in front (unless the text is empty, or the GGUF
 * says otherwise), and bytes that form no piece become byte tokens. Of a "gpt2" vocabulary bytes that are not UTF-8 are
 * encoded as U+FFFD, as llama.cpp does. Control tokens are not read out of the text, user-defined ones are. *ids is
 * allocated here and freed by the caller with free(); *n is the number of ids. -EINVAL if the vocabulary lacks a byte
 * or an end that is needed. */
int mw_tokenizer_encode(const mw_tokenizer *tokenizer, const char *text, size_t bytes, bool bos, bool eos,
                        int32_t **ids, size_t *n, mw_error *err);

/* The same of a NUL-terminated prompt, with BOS and EOS as the file wants them. -EINVAL also if there is no id. */
int mw_tokenizer_prompt(const mw_tokenizer *tokenizer, const char *text, int32_t **ids, size_t *n, mw_error *err);

/* The bytes of `id` in the context of the token before it: after BOS, or first of all (`previous` < 0), the space that
 * encoding puts in front is dropped; a byte token is that byte, a control token of a GGUF is empty. NUL-terminated,
 * owned by the tokenizer; NULL if `id` is not in the vocabulary. */
const char *mw_tokenizer_decode(const mw_tokenizer *tokenizer, int32_t previous, int32_t id);

/* The piece of `id` as encoding looks it up (NUL-terminated in a tokenizer.bin), and its score; NULL if `id` is not in
 * the vocabulary. */
const char *mw_tokenizer_piece(const mw_tokenizer *tokenizer, int32_t id, float *score);

/* The lowest id whose piece is exactly this text; -1 if there is none. */
int32_t mw_tokenizer_find(const mw_tokenizer *tokenizer, const char *text, size_t bytes);

/* The byte that a piece of the form "<0x0A>" stands for; -1 for any other piece. */
int mw_tokenizer_byte_value(const char *text);

/* Whether a piece may be printed: a single control character of ASCII other than white space may not, as in llama2.c.
 * Bytes 80 to ff may: a vocabulary without a letter spells it in byte tokens. (llama2.c asks isprint(), which rejects
 * them in the C locale.) */
bool mw_piece_printable(const char *piece);

#endif
