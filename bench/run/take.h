/* Taking the tables that other processes of this program leave. */
#ifndef MW_BENCH_TAKE_H
#define MW_BENCH_TAKE_H

#include "bench/run/session.h"

/* Rows of the tables in `folder` become rows of this run; its warnings are the run's, once each. With `rep` they are
 * what process `rep` said, and what it made of them itself is left out: mw_summarise does that over all processes. With
 * `only`, a NULL-terminated list of metrics, nothing but their rows of the steady phase is taken, and warnings. */
int mw_take_folder(mw_session *session, const char *folder, int rep, const char *const *only, mw_error *err);

#endif
