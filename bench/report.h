/* What a run shows on stdout. */
#ifndef MW_BENCH_REPORT_H
#define MW_BENCH_REPORT_H

#include "bench/decode.h"

/* Prints the summaries as a table (80 columns), as Markdown, or all of results.csv as CSV or JSON. -EIO if stdout
 * cannot be written. */
int mw_report(const mw_session *session, const mw_summary *summaries, int n, mw_error *err);

/* Prints the kernels, layouts, loads and variants of this build, and which of them this CPU can run. */
void mw_report_list(FILE *to);

#endif
