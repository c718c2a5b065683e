/* Other programs next to our variants, in suite `why`: a run of suite peers, whose rows become rows of this run. */
#ifndef MW_BENCH_WHY_PEERS_H
#define MW_BENCH_WHY_PEERS_H

#include "bench/run/session.h"

enum { MW_WHY_PEERS = 4 };

typedef struct mw_why_options {
    const char *peers[MW_WHY_PEERS]; /* as of --peer */
    int n_peers;
    bool none; /* --no-peers */
} mw_why_options;

/* llama-bench becomes a peer if it is on the PATH and none was given; to[size] holds its command. False: it is not
 * there. */
bool mw_why_find_peer(char *to, size_t size);

/* Runs the peers next to these variants on so many threads. A peer that fails is a warning. -EINTR after Ctrl-C. */
int mw_why_run_peers(mw_session *session, const char *variants, int threads, mw_error *err);

#endif
