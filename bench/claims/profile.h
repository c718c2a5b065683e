/* Suite `profile`: where the time of a token goes.
 *
 * The decode path carries no clocks. Instead every kernel of the variant is timed by itself, in rounds: all calls that
 * one token makes of it, on the model's own weights and shapes, kind of matrix by kind of matrix, and beside them a few
 * tokens are decoded. The share of an operation is its time over that of a token of the same round. What the sum leaves
 * (`op_rest`) is what stands between the operations, or how much faster they are apart: it may be negative. */
#ifndef MW_BENCH_PROFILE_H
#define MW_BENCH_PROFILE_H

#include "bench/session.h"

/* Measures the variants in this process, on one thread. -ENOTSUP only if none of them can be loaded here. */
int mw_profile_suite(mw_session *session, const mw_variant *variants, int n, mw_error *err);

/* Prints the shares as a table. */
void mw_profile_report(const mw_session *session, FILE *to);

#endif
