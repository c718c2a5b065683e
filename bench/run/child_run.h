/* Suites whose samples come from other processes of this program: starting one, and taking the tables that it leaves.
 */
#ifndef MW_BENCH_CHILD_RUN_H
#define MW_BENCH_CHILD_RUN_H

#include "bench/run/session.h"

/* Creates a folder below TMPDIR for what such processes leave: path[size]. mw_output_remove takes it away. */
int mw_scratch_folder(const char *kind, char *path, size_t size, mw_error *err);

/* Rows of the tables in `folder` become rows of this run; its warnings are the run's, once each. With `rep` they are
 * what process `rep` said, and what it made of them itself is left out: mw_summarise does that over all processes. With
 * `only`, a NULL-terminated list of metrics, nothing but their rows of the steady phase is taken, and warnings. */
int mw_take_folder(mw_session *session, const char *folder, int rep, const char *const *only, mw_error *err);

/* Runs this program anew, silently, with the variable `name`=`value` in its environment, takes `folder` as above if it
 * left one. A process that fails is no failure here, but for Ctrl-C: *status is its exit code or 128 plus a signal, -1
 * if it could not be started, and why[size] what it said last; empty if all went well. */
int mw_child_suite(mw_session *session, char *const argv[], const char *name, const char *value, const char *folder,
                   int rep, const char *const *only, int *status, char *why, size_t size, mw_error *err);

#endif
