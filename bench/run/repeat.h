/* Repetitions: the suite runs in fresh processes, one after the other, because pages, addresses and threads are dealt
 * out again to each, and what differs between processes is the larger part of the noise. */
#ifndef MW_BENCH_REPEAT_H
#define MW_BENCH_REPEAT_H

#include "bench/run/session.h"

/* Starts the repetitions and appends their tables to the session's. How many: --reps; with --precision as many as
 * Stein's rule asks for after the first --reps; no new one starts that would probably end after --time-limit. A
 * repetition that fails ends them, with its words and the code that belongs to its status (mw_child_code); tables of
 * the ones before, and of the one with the failed check, are kept. */
int mw_repeat(mw_session *session, mw_error *err);

#endif
