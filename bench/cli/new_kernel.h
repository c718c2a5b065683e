/* --new-kernel: a kernel to start from. */
#ifndef MW_BENCH_NEW_KERNEL_H
#define MW_BENCH_NEW_KERNEL_H

#include "bench/cli/command.h"

/* Writes the C file command->new_kernel: a kernel of command->op over the dtype and in the layout of the options (f32
 * and rowmajor if there are none) that passes all checks, and prints what to do with it. `program` is the name of this
 * one. -EINVAL: no such kernel, or no name for one; -EEXIST: there is such a file; -EIO and the like. */
int mw_new_kernel(const mw_command *command, const char *program, mw_error *err);

#endif
