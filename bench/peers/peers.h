/* Suite `peers`: other programs and our variants on the same model.
 *
 * Every turn is a fresh process. A round takes each peer and each variant x thread count once, in random order; --reps
 * rounds are one result. Ratios are between turns of the same round, because what the machine gives changes from minute
 * to minute. Ours count tokens MW_WARMUP_TOKENS to --tokens - 1; peers what they report themselves. With
 * --prompt-tokens a made-up prompt of that length comes before them, and the time to the first token is compared with
 * each other as well. */
#ifndef MW_BENCH_PEERS_H
#define MW_BENCH_PEERS_H

#include "bench/peers/peer_output.h"
#include "bench/run/job.h"
#include "bench/run/plan.h"
#include "bench/run/suite.h"
#include "bench/units/roof.h"
#include "platform/counters.h"

#include <limits.h>

enum { MW_MAX_PEERS = 16, MW_PEER_NAME = 20 };

/* Somebody else's program that decodes the same model, and how it is called. */
typedef struct mw_peer_spec {
    char name[MW_PEER_NAME + 1];
    const char *command;       /* for the shell, with {words} to be filled in; what was parsed */
    bool model, gguf, threads; /* which of them it has: {model}, {gguf}, {threads} */
} mw_peer_spec;

/* Parses "NAME:COMMAND". -EINVAL, with a message that names --peer. */
int mw_peer_parse(const char *text, mw_peer_spec *peer, mw_error *err);

/* The command with these in the places of {model}, {gguf}, {prompt}, {tokens} and {threads} (mw_quote_fill), to be
 * freed by the caller; NULL without memory. A path that is NULL is not asked for. */
char *mw_peer_command(const mw_peer_spec *peer, const char *model, const char *gguf, uint64_t prompt, uint64_t tokens,
                      int threads);

/* The suite's own options. */
typedef struct mw_peers_options {
    mw_numbers prompt; /* one length, in tokens */
    mw_peer_spec peers[MW_MAX_PEERS];
    int n_peers;
    double limit; /* seconds that a turn may take */
} mw_peers_options;

/* The pages that a contender reads its weights from, mapped here as well, and how they are swept. */
typedef struct mw_peer_roof {
    const mw_model *model;
    mw_weights *weights; /* NULL: there is no roof */
    mw_model file;       /* the model, unless an earlier contender lends it and the weights */
    bool lent;
    int read;     /* member of the family that was chosen (mw_roof_choose); -1: none yet */
    double bytes; /* of the weights, that one token sweeps */
} mw_peer_roof;

#define MW_NO_PEER_ROOF ((mw_peer_roof){.file = {.file = {.fd = -1}}, .read = -1})
enum { MW_PEER_SWEEPS = 3 }; /* before a turn, and as many after it */

/* What takes turns: a variant of ours, or a peer. */
typedef struct mw_contender {
    const char *name;
    const mw_variant *variant; /* NULL: a peer */
    int threads;               /* 0: a peer that was not told how many */
    const char *model;         /* path: what a variant or a peer decodes; NULL: a peer that was given none */
    char *command;             /* of a peer */
    mw_peer_roof roof;
    double tokens_per_s, first_token_ms; /* in this round; NAN: not counted, not told */
    bool counted;                        /* in any round */
} mw_contender;

typedef struct mw_peers {
    mw_session *session;
    const mw_peers_options *own;
    mw_plan plan; /* ours */
    mw_contender contenders[(MW_MAX_VARIANTS + MW_MAX_PEERS) * MW_MAX_THREAD_COUNTS];
    size_t n;
    char model[PATH_MAX], gguf[PATH_MAX]; /* what {model} and {gguf} stand for */
} mw_peers;

/* A turn: whose it was, when, and what came of it. */
typedef struct mw_turn {
    mw_contender *of;
    size_t round, place; /* in that round; both from 0 */
    mw_disturbance before, after;
    double took_us;
    mw_peer_result result;
    double sweeps_gbs[2 * MW_PEER_SWEEPS]; /* of the contender's roof */
    size_t n_sweeps;
} mw_turn;

/* Gives contender `c` of p->contenders its roof: over the weights in its file, for its number of threads. There is none
 * for a peer that was not told how many threads to use or got no file, and for a variant that does not map its file. A
 * contender's roof starts as MW_NO_PEER_ROOF and is closed in any case. */
int mw_peer_roof_open(const mw_peers *p, mw_contender *c, mw_error *err);
void mw_peer_roof_close(mw_peer_roof *roof);

/* Appends MW_PEER_SWEEPS sweeps to the turn; none without a roof. Leaves no thread behind, and this one unbound. */
int mw_peer_roof_sweep(const mw_peers *p, mw_turn *turn, mw_error *err);

/* Takes a contender's turn and records it. A turn of a peer that fails is a warning. */
int mw_turn_take(const mw_peers *p, mw_turn *turn, mw_error *err);

/* A variant's turn itself, in a process that was started for it: it decodes, does nothing else, and prints what any
 * peer may print (peer_output.h), so that ours and theirs are started, heard and read in the same way. `job`: model,
 * variant, threads, cpus; prompt_tokens, the length of a made-up prompt, where 1 is BOS alone; and tokens, decoded
 * after all of it but the last, of which the first MW_WARMUP_TOKENS are not counted. */
int mw_turn_run(const mw_job *job, uint64_t entered_ns, mw_error *err);

/* "llama.cpp, 2 threads" */
const char *mw_contender_title(const mw_contender *contender, char text[128]);

/* Adds the rows of a turn to results.csv, tokens.csv and blocks.csv; sorts the latencies. */
void mw_peers_record_turn(const mw_peers *p, mw_turn *turn);

/* Adds ours against theirs of a round: where both have the same thread count, or theirs is unknown. */
void mw_peers_record_ratios(const mw_peers *p, size_t round);

/* The tables that the suite shows. All of it comes from results.csv. */
void mw_peers_report(const mw_session *session, mw_page *page);

#endif
