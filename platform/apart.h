/* A function that may crash or never return, in a process of its own. */
#ifndef MW_PLATFORM_APART_H
#define MW_PLATFORM_APART_H

#include "platform/error.h"

typedef int mw_apart_fn(void *arg, mw_error *err);

/* Runs fn(arg, err) in a copy of this process (fork), so that nothing it does reaches this one but its code and its
 * message, which are returned. To be called while this process has one thread. What the function writes to stdout goes
 * nowhere. If it does not return within limit_s seconds it is ended: -ETIMEDOUT. -EFAULT: it crashed; -ECHILD: it ended
 * the process; -EINTR after Ctrl-C; -ENOMEM, -EAGAIN: there is no process. */
int mw_apart(mw_apart_fn *fn, void *arg, double limit_s, mw_error *err);

#endif
