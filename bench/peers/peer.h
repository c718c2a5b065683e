/* A peer: somebody else's program that decodes the same model, and how it is called. */
#ifndef MW_BENCH_PEER_H
#define MW_BENCH_PEER_H

#include "platform/error.h"

#include <stdbool.h>
#include <stdint.h>

enum { MW_MAX_PEERS = 16, MW_PEER_NAME = 20 };

typedef struct mw_peer_spec {
    char name[MW_PEER_NAME + 1];
    const char *command;       /* for the shell, with {words} to be filled in; what was parsed */
    bool model, gguf, threads; /* which of them it has: {model}, {gguf}, {threads} */
} mw_peer_spec;

/* What stands in the place of {model}, {gguf}, {prompt}, {tokens} and {threads}. A path that is NULL is not asked for.
 */
typedef struct mw_peer_values {
    const char *model, *gguf;
    uint64_t prompt, tokens; /* how many */
    int threads;
} mw_peer_values;

/* Parses "NAME:COMMAND". -EINVAL, with a message that names --peer. */
int mw_peer_parse(const char *text, mw_peer_spec *peer, mw_error *err);

/* The command with the values in their places (mw_quote_fill), to be freed by the caller; NULL without memory. */
char *mw_peer_command(const mw_peer_spec *peer, const mw_peer_values *values);

#endif
