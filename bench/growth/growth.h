/* Suite `growth`: what a larger model costs. If decoding is bound by memory, tokens/s follow bytes/roof from a model of
 * 61 MB to one that fills half of the memory.
 *
 * Every (shape, repetition) is a process of its own, in random order, that decodes one synthetic model as suite
 * `decode` does, next to a roof over the pages of its own weights. Models are made straight in layout tvl, and those
 * that were not in the cache folder before leave it with the suite. */
#ifndef MW_BENCH_GROWTH_H
#define MW_BENCH_GROWTH_H

#include "bench/run/session.h"

/* A shape that takes part. */
typedef struct mw_growth_shape {
    const char *name;
    mw_config config;
    uint64_t file_bytes;          /* of its .tvl file */
    char path[512];               /* of that file */
    bool made, dropped;           /* by this suite; after a failure */
    int started;                  /* processes */
    char reads[MW_MAX_READS + 1]; /* shortlists that its first process left */
} mw_growth_shape;

enum { MW_GROWTH_MOST = 32 };

/* The shapes that --shapes names, each once, or all from 15 million parameters on, of them those whose weights fit into
 * memory twice. Makes the files that are missing. What is left out, for lack of memory or disk, is a warning. *n counts
 * them, also after a failure; that there are none is one (-ENOMEM). */
int mw_growth_prepare(mw_session *session, mw_growth_shape shapes[MW_GROWTH_MOST], int *n, mw_error *err);

/* Tokens that a process decodes: --tokens, but no more than a model of that size needs. */
uint64_t mw_growth_tokens(const mw_options *options, const mw_config *config);

#endif
