/* What is in the way of another program: it is compared with our own kernels on the same file and thread count. */
#ifndef MW_BENCH_PEER_FINDINGS_H
#define MW_BENCH_PEER_FINDINGS_H

#include "bench/why/findings.h"

/* The row of a peer is a summary row of suite peers with metric tokens_per_s and kernel `peer`. Fills *f. */
void mw_peer_finding(const mw_csv *results, const mw_row *peer, mw_why_finding *f);

/* The next such row. */
bool mw_next_peer(const mw_csv *results, mw_row *peer);

#endif
