/* Suite `aa`: the same variant under two names. Whatever it reports as a difference is a false alarm of the method. */
#ifndef MW_BENCH_AA_H
#define MW_BENCH_AA_H

#include "bench/run/session.h"

/* Suite decode over every variant and, directly behind it, itself under its second name. Returns as mw_decode_suite. */
int mw_aa_suite(mw_session *session, const mw_variant *variants, int n, mw_error *err);

/* Adds how often a design like this run's calls equal things different: rows `aa_false_rate` over 1,000 synthetic data
 * sets, provenance `modelled`, with and without the stop rule. */
int mw_aa_rates(mw_session *session, mw_error *err);

#endif
