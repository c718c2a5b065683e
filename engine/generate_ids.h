/* The parts of generate that deal with ids in place of text. */
#ifndef MW_ENGINE_GENERATE_IDS_H
#define MW_ENGINE_GENERATE_IDS_H

#include "platform/error.h"

#include <stddef.h>
#include <stdint.h>

/* Reads a comma-separated list of ids. *ids is allocated here and freed by the caller with free(). -EINVAL for an empty
 * list and for anything that is not an id; the message names the option. */
int mw_ids_parse(const char *option, const char *list, int32_t **ids, size_t *n, mw_error *err);

/* -EINVAL, with a line that names the option and the id, for an id that is not below `vocab_size`. */
int mw_ids_check(const char *option, const int32_t *ids, size_t n, uint32_t vocab_size, mw_error *err);

/* Reads all of stdin and prints the ids of that text on one line, separated by spaces, without BOS or EOS. `tokenizer`
 * is a path, or a name in the cache. */
int mw_ids_of_stdin(const char *tokenizer, mw_error *err);

#endif
