/* Suites `decode` and `aa`: tokens per second of every variant next to its roof, blocks interleaved in random order. */
#ifndef MW_BENCH_DECODE_H
#define MW_BENCH_DECODE_H

#include "bench/units/units.h"

/* Measures the variants in this process and fills the session's tables. A variant whose kernels fail the check is
 * refused by name on stderr and left out. In the A/A suite `variants` has everything twice, under two names. Returns 0,
 * -EDOM if a check failed or logits were not finite (the rest is measured), -EINTR after Ctrl-C, or what went wrong. */
int mw_decode_suite(mw_session *session, const mw_variant *variants, int n, mw_error *err);

/* The same for another suite: the token at order[i] is the i-th of every unit, warm-up included, and `record` makes the
 * rows of results.csv of a unit, suite->units[index]. The other tables and the notes on the machine are as ever. */
typedef void mw_unit_recorder(const mw_units *suite, int index);
int mw_decode_in_turns(mw_session *session, const mw_variant *variants, int n, const uint32_t *order,
                       mw_unit_recorder *record, mw_error *err);

/* What the second of a pair of twins is called: "tvl (again)". */
#define MW_TWIN_SUFFIX " (again)"

/* The table of suite decode, with the bytes of the weights below it. */
void mw_decode_report(const mw_session *session, mw_page *page);

/* The pairs of suite aa, and how often the method is wrong. */
void mw_aa_report(const mw_session *session, mw_page *page);

#endif
