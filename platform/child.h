/* Other processes, each run to its end: this program again, with fresh pages and fresh addresses; a command for the
 * shell; or any other program. */
#ifndef MW_PLATFORM_CHILD_H
#define MW_PLATFORM_CHILD_H

#include "platform/error.h"

#include <stdbool.h>
#include <stddef.h>

typedef enum mw_child_streams {
    MW_CHILD_SHARED,  /* stdin, stdout and stderr are those of this process */
    MW_CHILD_SILENT,  /* stdout and stderr go nowhere */
    MW_CHILD_CAPTURED /* nothing on stdin; stdout and stderr are kept, in files that have no name: nothing here has to
                         wake up for them */
} mw_child_streams;

typedef struct mw_child {
    const char *command;      /* for /bin/sh -c; NULL: argv says what runs */
    char *const *argv;        /* NULL-terminated; argv[0] as shown */
    const char *program;      /* the file to run; NULL: that of this process */
    const char *name, *value; /* a variable of its environment, in the place of any of that name; NULL: none */
    mw_child_streams streams;
    double limit_s; /* of MW_CHILD_CAPTURED; 0: no limit */
} mw_child;

/* How a child ended. */
typedef struct mw_child_end {
    int status;      /* exit code, or 128 + the signal that ended it; -1: it did not run */
    bool late;       /* it was ended because its time was up ... */
    bool flooded;    /* ... or because it wrote more than MW_CHILD_MOST bytes */
    char *out, *err; /* what it wrote, if captured, else NULL; NUL-terminated (NULs inside have become spaces) */
} mw_child_end;
enum { MW_CHILD_MOST = 8 << 20 };

/* Starts a child and waits for it. 0 when it ran, however it ended; -EINTR if this process was interrupted before;
 * another negative code if the child could not be started. *end is filled in any case and released by
 * mw_child_end_free.
 *
 * A SIGINT or SIGTERM that this process catches meanwhile (mw_interrupt_catch) is passed on once, as the other one of
 * the two: a terminal signals the whole process group, so that the child may have been told already, and a second
 * signal of one kind would end it before it could tidy up. On Linux the child gets SIGTERM when the calling thread
 * ends.
 *
 * A captured child has a process group of its own. When this process is interrupted, when the time is up, or after too
 * much output, the group gets SIGTERM and, if it is still there 2 s later, SIGKILL. Whatever the child left running
 * ends with it. */
int mw_child_run(const mw_child *child, mw_child_end *end, mw_error *err);
void mw_child_end_free(mw_child_end *end);

/* The error code that belongs to a status of this program: 0; -EDOM for 1, a failed check; -EINTR for 130 and for the
 * signals that interrupt; -EIO for other signals; else -EINVAL. */
int mw_child_code(int status);

/* The end of what a captured child said, as one printable line of ASCII: the last line of stderr, or of stdout, that is
 * not empty. */
void mw_child_last_words(const mw_child_end *end, char *to, size_t size);

/* The file that a shell would run for `program`, into to[size]; false if there is none. */
bool mw_child_find(const char *program, char *to, size_t size);

#endif
