/* Suite `soak`: does a long run slow down? */
#ifndef MW_BENCH_SOAK_H
#define MW_BENCH_SOAK_H

#include "bench/run/session.h"

/* Decodes the same tokens over and over for --soak seconds with the first variant on the first thread count, a sweep of
 * its roof next to each turn. Records, phase `window`: tokens/s, roof, clock and temperature of every 10 s; phase
 * `soak`: how long it was and how far tokens/s and the roof drifted. */
int mw_soak_suite(mw_session *session, const mw_variant *variants, int n, mw_error *err);

/* Prints what was recorded. */
void mw_soak_report(const mw_session *session, mw_page *page);

#endif
