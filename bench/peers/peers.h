/* Suite `peers`: other people's programs and our variants on the same model.
 *
 * Every turn is a fresh process. A round takes each peer and each variant x thread count once, in random order; --reps
 * rounds are one result. Ratios are between turns of the same round, because what the machine gives changes from minute
 * to minute. Ours count tokens MW_WARMUP_TOKENS to --tokens - 1; peers what they report themselves. With
 * --prompt-tokens a made-up prompt of that length comes before them, and the time to the first token is compared with
 * each other as well. */
#ifndef MW_BENCH_PEERS_H
#define MW_BENCH_PEERS_H

#include "bench/peers/peer.h"
#include "bench/peers/peer_output.h"
#include "bench/run/plan.h"
#include "platform/counters.h"

/* Its own options. */
typedef struct mw_peers_options {
    mw_numbers prompt;               /* one length, in tokens */
    const char *peers[MW_MAX_PEERS]; /* "NAME:COMMAND" */
    int n_peers;
    double limit; /* seconds that a turn may take */
} mw_peers_options;

/* What takes turns: a variant of ours, or a peer. */
typedef struct mw_contender {
    const mw_variant *variant; /* NULL: a peer */
    const mw_peer_spec *peer;
    int threads;       /* 0: a peer that was not told how many */
    const char *model; /* of a variant: path */
    char *command;     /* of a peer */
} mw_contender;

typedef struct mw_peers {
    mw_session *session;
    const mw_peers_options *own;
    mw_plan plan; /* ours */
    mw_contender *contenders;
    size_t n, rounds;
    mw_peer_spec list[MW_MAX_PEERS];
    double *tokens_per_s, *first_token_ms; /* [round * n + contender], NAN: not counted, not told */
} mw_peers;

/* Measures the peers of the command line and `variants`. Fills results.csv, tokens.csv and blocks.csv. -EDOM if a
 * kernel failed its check or a peer never gave a number, with the rest measured. */
int mw_peers_suite(mw_session *session, const mw_variant *variants, int n, mw_error *err);

/* Fills list, plan and contenders. What it took is to be freed in any case. */
int mw_peers_plan(mw_peers *p, const mw_variant *variants, int n, mw_error *err);

const char *mw_contender_name(const mw_contender *contender);

/* Keeps what a contender's turn, the one at `place` of its round, said, and adds its rows. `before` is the disturbance
 * at its start; sorts the latencies. */
void mw_peers_record_turn(mw_peers *p, size_t index, size_t round, size_t place, double took_us,
                          const mw_disturbance *before, mw_peer_result *result);

/* Adds ours against theirs of a round. */
void mw_peers_record_ratios(const mw_peers *p, size_t round);

/* The table that the suite shows. All of it comes from results.csv. */
void mw_peers_report(const mw_session *session, mw_page *page);

#endif
