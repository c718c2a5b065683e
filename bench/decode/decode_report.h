/* What suites decode and aa show. */
#ifndef MW_BENCH_DECODE_REPORT_H
#define MW_BENCH_DECODE_REPORT_H

#include "bench/run/session.h"

/* What the second of a pair of twins is called: "tvl (again)". */
#define MW_TWIN_SUFFIX " (again)"

/* The table of suite decode, with the bytes of the weights below it. */
void mw_report_decode(const mw_session *session, mw_page *page);

/* The pairs of suite aa, and how often the method is wrong. */
void mw_report_pairs(const mw_session *session, mw_page *page);

#endif
