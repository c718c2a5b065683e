/* Suite `growth`: what a larger model costs. If decoding is bound by memory, tokens/s follow bytes/roof from a model of
 * 61 MB to one that fills half of the memory.
 *
 * Every (shape, repetition) is a process of its own, in random order, that decodes one synthetic model as suite
 * `decode` does, next to a roof over the pages of its own weights. Models are made straight in layout tvl, and those
 * that were not in the cache folder before leave it with the suite. */
#ifndef MW_BENCH_GROWTH_H
#define MW_BENCH_GROWTH_H

#include "bench/run/session.h"

/* Its own options. */
typedef struct mw_growth_options {
    const char *shapes; /* a list, or NULL for those that fit */
} mw_growth_options;

/* Starts the processes and sums them up; in one of them (session->rep): decodes. */
int mw_growth_suite(mw_session *session, const mw_variant *variants, int n, mw_error *err);
void mw_growth_report(const mw_session *session, mw_page *page);

#endif
