/* Suite `profile`: where the time of a token goes, step by step, by clocks in the decode path itself
 * (engine/profile.h).
 *
 * All variants and thread counts decode in rounds, each round in a new random order: one token with the clocks on and
 * one with them off, always at the same position, between two sweeps of the roof. Sums over the middle half of the
 * tokens, by their time, make the rows: stalls of the machine are left out, and the shares of the steps and `op_rest`
 * add up to the token. */
#ifndef MW_BENCH_PROFILE_H
#define MW_BENCH_PROFILE_H

#include "bench/run/session.h"

/* Where in the sequence the tokens stand. */
enum { MW_PROFILE_POSITION = 32 };

/* Measures the variants in this process. Returns as mw_decode_suite. */
int mw_profile_suite(mw_session *session, const mw_variant *variants, int n, mw_error *err);

/* Prints a table for each variant and thread count, 80 columns wide. */
void mw_profile_report(const mw_session *session, mw_page *page);

#endif
