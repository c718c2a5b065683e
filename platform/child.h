/* Starts this program anew: a repetition needs a fresh process, with fresh pages and fresh addresses. */
#ifndef MW_PLATFORM_CHILD_H
#define MW_PLATFORM_CHILD_H

#include "platform/error.h"

/* Runs the program file of this process with argv (NULL-terminated; argv[0] as shown) and the variable `name`=`value`
 * in its environment, and waits for it. stdout and stderr are shared. *status is the exit code, or 128 + the signal
 * that ended it. -EINTR if this process was interrupted before, another negative code if the child could not be
 * started.
 *
 * A SIGINT or SIGTERM that this process catches meanwhile (mw_interrupt_catch) is passed on once, as the other one of
 * the two: a terminal signals the whole process group, so that the child may have been told already, and a second
 * signal of one kind would end it before it could tidy up. On Linux the child gets SIGTERM when the calling thread
 * ends. */
int mw_child_run(char *const argv[], const char *name, const char *value, int *status, mw_error *err);

/* The same with stdout and stderr going to the file descriptor `to`. */
int mw_child_run_quiet(char *const argv[], const char *name, const char *value, int to, int *status, mw_error *err);

#endif
