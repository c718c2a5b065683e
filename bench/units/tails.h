/* The slow end of a unit's token times: how far out it is compared with that of the roof, and what it coincides with.
 *
 * A sweep takes about as long as a token and meets the same machine, so the tail of the sweeps is what no kernel can
 * avoid there. */
#ifndef MW_BENCH_TAILS_H
#define MW_BENCH_TAILS_H

#include "bench/units/unit.h"

/* Slow steady tokens: over 1.25 times the median. Each counts under the first cause that fits, nearest evidence first:
 * something happened during the token itself; the two sweeps around it were slow as well, by the same measure; a
 * hypervisor took at least as much time from its block as it took more than the median. */
typedef struct mw_slow {
    size_t tokens; /* steady ones */
    size_t slow, events, memory, stolen, unexplained;
    bool steal_told; /* by the system, of any block */
} mw_slow;

/* x has room for all samples or all sweeps of the unit. */
mw_slow mw_slow_tokens(const mw_unit *unit, double *x);

/* Rows of results.csv: slow_tokens and its parts, slow_sweeps, tail_ratio, roof_tail_ratio and tail_excess of this
 * process. */
void mw_unit_record_tails(const mw_unit *unit, mw_session *session);

#endif
