/* The suites `micro` and `roof` as part of a run. */
#ifndef MW_BENCH_MICRO_RECORD_H
#define MW_BENCH_MICRO_RECORD_H

#include "bench/micro/micro.h"

/* Runs the suite that the command line names, with its --benchmark_ flags, and puts a row for every number into
 * results.csv: the median over the repetitions that Google Benchmark made, `n` of them. The single ones stay in
 * session->micro for the report. Returns as mw_micro_suite does. */
int mw_micro_run(mw_session *session, mw_error *err);

#endif
