/* The start of a process, for those who wait for its end (child.c) or talk to it (coprocess.c). */
#ifndef MW_PLATFORM_CHILD_PARTS_H
#define MW_PLATFORM_CHILD_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

typedef struct mw_child_start {
    const char *path;         /* the file to run; NULL: that of this process */
    char *const *argv;        /* NULL-terminated */
    const char *name, *value; /* a variable of its environment, or NULL */
    bool apart;               /* in a process group of its own */
    int streams[3]; /* its stdin, stdout and stderr: -1 for that of this process; if they differ, all of them above 2 */
} mw_child_start;

/* Starts the child; 0 or a negative code. */
int mw_child_begin(const mw_child_start *child, pid_t *pid);

/* `fd`, or in its place a copy above 2, so that none is overwritten while the three of a child are put there. */
int mw_child_above_streams(int fd);

#endif
