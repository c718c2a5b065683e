/* Suite `all`: the reference set in one command. The other suites run one after the other in the order of their table,
 * each in a process of its own with a command line of its own, and each leaves its own folder, DIR/NAME, as if somebody
 * had typed that. Options reach the suites that they are for (mw_command_argv); --time-limit is each suite's own.
 *
 * A suite that refuses to run here (exit code 2: no PyTorch, no --peer, no trained model) is left out with its reason;
 * one whose check failed, or that died, has failed; the others go on. Suite `claims` is not judged from the folders of
 * the others: it is about other variants, prompts and lengths, and about numbers between processes where suite `micro`
 * has one process, so it measures by itself. */
#ifndef MW_BENCH_ALL_H
#define MW_BENCH_ALL_H

#include "bench/cli/command.h"
#include "bench/run/session.h"

/* 0 if all suites that can run here were done; -EDOM if a check failed in one, -EIO if one died, -EINVAL if none could
 * run, -EINTR when interrupted: what is done by then stays. -EEXIST before anything is run if one of the folders is in
 * use. */
int mw_all_run(mw_session *session, const mw_command *command, mw_error *err);

#endif
