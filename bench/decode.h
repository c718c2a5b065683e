/* Suite `decode`: tokens per second of every variant, their blocks interleaved in random order. */
#ifndef MW_BENCH_DECODE_H
#define MW_BENCH_DECODE_H

#include "bench/unit.h"

/* Measures the variants and fills the session's tables; summaries[] (room for n * thread counts) gets one entry for
 * each variant and thread count, *n_summaries their number. A variant whose kernels fail the check is refused by name
 * on stderr and left out. Returns 0, -EDOM if a check failed or logits were not finite (the rest is measured), -EINTR
 * after Ctrl-C, or what went wrong. */
int mw_decode_suite(mw_session *session, const mw_variant *variants, int n, mw_summary *summaries, int *n_summaries,
                    mw_error *err);

#endif
