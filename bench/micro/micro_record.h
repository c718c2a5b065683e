/* The suites `micro` and `roof` as part of a run. */
#ifndef MW_BENCH_MICRO_RECORD_H
#define MW_BENCH_MICRO_RECORD_H

#include "bench/micro/micro.h"

/* Runs the suite that the command line names, with its --benchmark_ flags, and puts a row for every number into
 * results.csv: the median over the repetitions that Google Benchmark made, `n` of them. The single ones stay in
 * session->micro for the report. Benchmarks are chosen by these flags, not by variants. Returns as mw_micro_suite does.
 */
int mw_micro_run(mw_session *session, const mw_variant *variants, int n, mw_error *err);

/* Prints the table of the suite, unless Google Benchmark has printed its own. */
void mw_micro_show(const mw_session *session, mw_page *page);

#endif
