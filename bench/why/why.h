/* Suite `why`: what keeps a variant from the ceiling that memory sets, and what to do about it.
 *
 * Each process measures all variants and thread counts in turns and records the waterfall of each (waterfall.h). The
 * findings are judged by rules over the rows of results.csv (findings.h), nothing else. */
#ifndef MW_BENCH_WHY_H
#define MW_BENCH_WHY_H

#include "bench/run/suite.h"
#include "bench/units/units.h"
#include "platform/counters.h"

/* --- facts.c: what findings have to know about the system, as rows of metric `fact` whose parameter `fact` is the
 * name. A fact that the system does not tell is left out. --- */

/* What is true before the units are loaded: CPUs, quota, nodes, and how much of the first model's file is in memory. */
void mw_why_facts_before(mw_units *units);

/* What happened to the machine between a state and now. */
typedef struct mw_why_state {
    uint64_t ns;
    mw_disturbance machine;
    mw_faults faults;
} mw_why_state;
mw_why_state mw_why_state_now(void);
void mw_why_facts_after(mw_units *units, const mw_why_state *start);

/* --- why.c --- */

/* Records the smallest thread count that comes within 5 % of the best of a metric in this process, of rows with
 * `param` (NULL: any): where more threads stop to help. */
void mw_record_knee(mw_session *session, const mw_variant *variant, const char *metric, const char *param);

/* --- why_measure.c --- */

/* Measures the units, which are started and prepared (turns.h), in `rounds` rounds, and records their rows. */
int mw_why_measure(mw_units *units, size_t rounds, mw_error *err);

/* --- why_report.c --- */

/* What stdout shows. */
void mw_why_report(const mw_session *session, mw_page *page);

#endif
