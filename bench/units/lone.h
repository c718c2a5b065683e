/* One variant on one thread count, ready to decode; what suites `soak` and `torch` share. */
#ifndef MW_BENCH_LONE_H
#define MW_BENCH_LONE_H

#include "bench/units/units.h"

/* Checks the variant's kernel, loads its weights and starts suite->units[0], on the first thread count of the command
 * line. mw_units_close is to be called in any case. */
int mw_lone_open(mw_units *suite, mw_session *session, const mw_variant *variant, mw_error *err);

/* Starts the unit's sequence again and forgets its samples. */
void mw_lone_again(mw_unit *unit, const mw_session *session);

#endif
