/* What a run shows on stdout. */
#ifndef MW_BENCH_REPORT_H
#define MW_BENCH_REPORT_H

#include "bench/run/session.h"

/* Prints what a run found as a table (80 columns) or Markdown, or all of results.csv as CSV or JSON. -EIO if stdout
 * cannot be written. */
int mw_report(const mw_session *session, mw_error *err);

/* Prints the kernels, layouts, loads and variants of this build, and which of them this CPU can run. */
void mw_report_list(FILE *to);

#endif
