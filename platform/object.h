/* Shared objects: code from outside that is loaded while this program runs. */
#ifndef MW_PLATFORM_OBJECT_H
#define MW_PLATFORM_OBJECT_H

#include "platform/error.h"

/* Loads the shared object `path`, which runs its constructors, and finds a symbol in it. The object stays until the
 * process ends. -ENOENT, -EACCES and the like: the file cannot be read; -ENOEXEC: it is no shared object of this
 * system, or one for another CPU, or lacks something; -ESRCH: it does not export the symbol. Messages begin with the
 * path. */
int mw_object_open(const char *path, const char *symbol, const void **at, mw_error *err);

#endif
