/* What the two ways of running a child share: with the output of this process (child.c), or with its output captured
 * (child_capture.c).
 */
#ifndef MW_PLATFORM_CHILD_PARTS_H
#define MW_PLATFORM_CHILD_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* How often the end of a child is polled: rarely enough not to disturb a measurement. */
enum { MW_CHILD_LOOK_NS = 50000000 };

typedef struct mw_child_start {
    const char *path;
    char *const *argv, *const *environment;
    bool apart;     /* in a process group of its own */
    int streams[3]; /* its stdin, stdout and stderr: -1 for that of this process; if they differ, all of them above 2 */
} mw_child_start;

/* Starts the child; 0 or a negative code. */
int mw_child_begin(const mw_child_start *child, pid_t *pid);

/* `fd`, or a copy of it above 2, so that none is overwritten while the three of a child are set up. */
int mw_child_above_streams(int fd);

/* The path under which this program is started again; false if it is too long. */
bool mw_child_own_path(char *to, size_t size);

/* The environment with `variable` ("name=value") in place of any of that name. Only the list is to be freed. */
char **mw_child_environment(char *variable);

#endif
