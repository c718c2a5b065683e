/* What a program that was measured prints, recognised by content. The first of these that holds a number counts:
 *
 *   memwall-tokens-per-s: 61.5               for any program; of several such lines the last one
 *   memwall-latency-us: 16230 16190.5 ...    next to it, if the program knows them: each counted token's time
 *   memwall-first-token-ms: 163.2            likewise: the time to the first token after the prompt
 *   [{"n_prompt": 0, "n_gen": 128, "avg_ts": 61.5, "samples_ts": [61.4, 61.6]}, ...]     llama-bench -o json or jsonl;
 *       the first entry that only generates, and for prompts the first one that only reads one; its time counts as that
 *       to the first token, although it contains no loading
 *
 *   achieved tok/s: 61.5                     llama2.c, and our own generate
 *
 * on stdout or stderr. Programs are not trusted: their output may be anything. */
#ifndef MW_BENCH_PEER_OUTPUT_H
#define MW_BENCH_PEER_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct mw_peer_result {
    double tokens_per_s, prefill_per_s, first_token_ms; /* NAN: not told */
    uint64_t n, prefill_n;                              /* samples behind the first two */
    uint64_t prompt;                                    /* tokens of the prompt, 0: not told */
    double *latency_us;                                 /* [n_latencies], owned by the caller */
    size_t n_latencies;
} mw_peer_result;

/* False if there is no number of tokens per second in it. */
bool mw_peer_read(const char *out, const char *err, mw_peer_result *result);

#endif
