/* Suites `decode` and `aa`: tokens per second of every variant beside its roof, blocks interleaved in random order. */
#ifndef MW_BENCH_DECODE_H
#define MW_BENCH_DECODE_H

#include "bench/session.h"

/* Measures the variants in this process and fills the session's tables. A variant whose kernels fail the check is
 * refused by name on stderr and left out. In the A/A suite `variants` has everything twice, under two names. Returns 0,
 * -EDOM if a check failed or logits were not finite (the rest is measured), -EINTR after Ctrl-C, or what went wrong. */
int mw_decode_suite(mw_session *session, const mw_variant *variants, int n, mw_error *err);

#endif
