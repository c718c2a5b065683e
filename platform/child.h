/* Starts this program again: a repetition needs a fresh process, with fresh pages and fresh addresses. Also starts
 * other programs and captures their output. */
#ifndef MW_PLATFORM_CHILD_H
#define MW_PLATFORM_CHILD_H

#include "platform/error.h"

#include <stdbool.h>
#include <stddef.h>

/* Runs the program file of this process with argv (NULL-terminated; argv[0] as shown) and the variable `name`=`value`
 * in its environment, and waits for it. stdout and stderr are shared. *status is the exit code, or 128 + the signal
 * that ended it. -EINTR if this process was interrupted before, another negative code if the child could not be
 * started.
 *
 * A SIGINT or SIGTERM that this process catches meanwhile (mw_interrupt_catch) is passed on once, as the other one of
 * the two: a terminal signals the whole process group, so the child may already have received it, and a second signal
 * of the same kind would end it before it could clean up. On Linux the child gets SIGTERM when the calling thread
 * ends. */
int mw_child_run(char *const argv[], const char *name, const char *value, int *status, mw_error *err);

/* The same with stdout and stderr going to the file descriptor `to`. */
int mw_child_run_quiet(char *const argv[], const char *name, const char *value, int to, int *status, mw_error *err);

/* What a child wrote and how it ended. */
typedef struct mw_child_output {
    char *out, *err; /* stdout and stderr, NUL-terminated (NULs inside have become spaces) */
    int status;      /* exit code, or 128 + the signal that ended it */
    bool late;       /* it was killed because its time was up ... */
    bool flooded;    /* ... or because it wrote more than MW_CHILD_MOST bytes */
} mw_child_output;
enum { MW_CHILD_MOST = 8 << 20 };

/* Runs `command` by /bin/sh -c, in a process group of its own, with nothing on stdin and its output in unnamed files:
 * nothing here has to wake up for it. After `limit_s` seconds, after too much output, or when this process is
 * interrupted, the group gets SIGTERM and, if it is still there 2 s later, SIGKILL. Whatever the command left running
 * is killed with it. Returns 0 when it ran, however it ended; freed by the caller, also after a failure. -EINTR if this
 * process was interrupted before. */
int mw_child_command(const char *command, double limit_s, mw_child_output *output, mw_error *err);

/* The same for this program itself, as mw_child_run starts it. */
int mw_child_capture(char *const argv[], const char *name, const char *value, double limit_s, mw_child_output *output,
                     mw_error *err);
void mw_child_output_free(mw_child_output *output);

#endif
