/* Suite `clu`: cache-line utilization of every kernel over the model's matrices. */
#ifndef MW_BENCH_CLU_SUITE_H
#define MW_BENCH_CLU_SUITE_H

#include "bench/run/session.h"

/* Fills results.csv and clu.csv. Without a choice on the command line every GEMV kernel of this CPU takes
 * part, else `variants`. Provenance `modelled`; where the machine counts refills these stand next to it, `measured`. A
 * kernel whose trace cannot be had is `unavailable`; one whose trace is incomplete is -EDOM. -ENOTSUP if this build
 * traces nothing at all. */
int mw_clu_suite(mw_session *session, const mw_variant *variants, int n, mw_error *err);

/* What it shows on a terminal, from the tables of the session. */
void mw_clu_report(const mw_session *session, mw_page *page);

#endif
