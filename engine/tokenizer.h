/* Byte-pair tokenizer, compatible with llama2.c's tokenizer.bin and its encode and decode. */
#ifndef MW_ENGINE_TOKENIZER_H
#define MW_ENGINE_TOKENIZER_H

#include "platform/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MW_TOKEN_BOS = 1, MW_TOKEN_EOS = 2 };

typedef struct mw_tokenizer mw_tokenizer;

/* Opens a llama2.c tokenizer.bin: int32 longest piece, then per token float score, int32 length, bytes. `vocab_size`
 * comes from the model; the file must hold exactly that many tokens. The file is not trusted until checked. *out is
 * owned by the caller and closed with mw_tokenizer_close; NULL on error. */
int mw_tokenizer_open(const char *path, uint32_t vocab_size, mw_tokenizer **out, mw_error *err);
void mw_tokenizer_close(mw_tokenizer *tokenizer);

/* Encodes NUL-terminated `text` (UTF-8; bytes that form no piece fall back to byte tokens) as llama2.c does: an
 * optional BOS, the dummy space prefix unless the text is empty, greedy merges by score, an optional EOS. *ids is
 * allocated here and freed by the caller with free(); *n is the number of ids. -EINVAL if the vocabulary lacks a byte
 * that is needed. */
int mw_tokenizer_encode(const mw_tokenizer *tokenizer, const char *text, bool bos, bool eos, int32_t **ids, size_t *n,
                        mw_error *err);

/* The bytes of `id` in the context of the token before it: after BOS a leading space is dropped, and "<0x0A>" becomes
 * the raw byte. NUL-terminated, owned by the tokenizer; NULL if `id` is not in the vocabulary. */
const char *mw_tokenizer_decode(const mw_tokenizer *tokenizer, int32_t previous, int32_t id);

/* The piece of `id` as the file has it, and its score; NULL if `id` is not in the vocabulary. */
const char *mw_tokenizer_piece(const mw_tokenizer *tokenizer, int32_t id, float *score);

/* The lowest id whose piece is exactly `text`; -1 if there is none. */
int32_t mw_tokenizer_find(const mw_tokenizer *tokenizer, const char *text);

/* The byte that a piece of the form "<0x0A>" stands for; -1 for any other piece. */
int mw_tokenizer_byte_value(const char *text);

/* Whether a piece may be printed: a single control character of ASCII other than white space may not, as in llama2.c.
 * Bytes 80 to ff may: a vocabulary without a letter spells it in byte tokens. (llama2.c asks isprint(), which rejects
 * them in the C locale.) */
bool mw_piece_printable(const char *piece);

#endif
