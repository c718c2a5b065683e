/* Kernels from outside: the files of --kernel on their way into the registry.
 *
 * The first process compiles C files and loads every object, at first in a copy of itself, as code from outside may
 * crash when it is loaded. It hands the list of what is good to its jobs, which load these objects and no others. */
#ifndef MW_BENCH_OUTSIDE_H
#define MW_BENCH_OUTSIDE_H

#include "kernels/registry.h"

#include <stdbool.h>
#include <stddef.h>

/* Whether a word of --kernel is a file and not the name of a kernel: it has a slash or ends with .so, .dylib or .c. */
bool mw_outside_is_file(const char *word);

/* Adds the kernels of a file to the registry. With `tell` the command that compiles a C file is shown on stderr. -EDOM:
 * the file is refused, with what is wrong about it; other codes: it cannot be read, or there is no compiler. */
int mw_outside_load(const char *path, bool tell, mw_error *err);

/* The kernels of a file that was loaded, *n of them, some of which may be NULL: refused. NULL: the file was. */
const mw_kernel *const *mw_outside_kernels(const char *path, size_t *n);

/* Takes a kernel that failed its check out of the registry; jobs do not load it either. */
void mw_outside_refuse(const mw_kernel *kernel);

/* Makes the traced twin of a kernel from a C file (kernels/trace/trace.h). -ENOTSUP: it cannot be made; `err` has the
 * reason. */
int mw_outside_trace(const mw_kernel *kernel, mw_error *err);

/* What was loaded, for jobs; "" if nothing was. And in a job: loads the same. -EINVAL if `list` is no such text. */
const char *mw_outside_list(void);
int mw_outside_take(const char *list, mw_error *err);

/* Removes what was compiled. Kernels stay where they are. */
void mw_outside_end(void);

/* Compiles a C file to a shared object with $CC, else cc, and with the flags that a comment in its first lines names
 * after "memwall-flags:". -EDOM: the compiler failed; its messages are on stderr. */
int mw_compile(const char *source, const char *object, bool tell, mw_error *err);

/* The same for its traced twin, silently. Needs python3. */
int mw_compile_traced(const char *source, const char *object, mw_error *err);

#endif
