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

/* A kernel that seems faster than this next to its roof was measured against a bad one. */
#define MW_ROOF_FRACTION_MOST 1.02

/* -EDOM if some roof fraction is above MW_ROOF_FRACTION_MOST, as far as its interval can tell: the roof was measured
 * badly, and the run with it. */
int mw_roof_fractions_check(const mw_session *session, mw_error *err);

#endif
