/* From the rows of single processes to the rows of the run. */
#ifndef MW_BENCH_SUMMARY_H
#define MW_BENCH_SUMMARY_H

#include "bench/run/session.h"

/* Appends a summary row (empty `rep`) for every metric that repetitions reported, with an interval between processes if
 * there are at least two. Ratio scales are averaged as logs. Percentiles of token times, and ratios of
 * them, are taken again over the tokens and sweeps of all processes. */
int mw_summarise(mw_session *session, mw_error *err);

/* Adds warnings about the noise: a machine roof that drifts or jumps between two levels, token times in two groups,
 * time that others took. */
void mw_noise_warnings(mw_session *session);

/* -EDOM if some roof fraction is above MW_ROOF_FRACTION_MOST, as far as its interval can tell: the roof was measured
 * badly, and the run with it. */
int mw_roof_fractions_check(const mw_session *session, mw_error *err);

/* The summary row of a metric in the steady phase, or NULL. */
char *const *mw_summary_find(const mw_session *session, const char *variant, const char *threads, const char *metric);

/* The one of a certain `param`, which may be NULL. */
char *const *mw_summary_find_param(const mw_session *session, const char *variant, const char *threads,
                                   const char *metric, const char *param);

/* Number in a cell; NAN if it is empty. */
double mw_cell_number(const char *cell);

#endif
