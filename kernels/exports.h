/* Kernels from outside (include/memwall/kernel.h): from the table of a shared object into the registry. */
#ifndef MW_KERNELS_EXPORTS_H
#define MW_KERNELS_EXPORTS_H

#include "kernels/registry.h"

/* Checks a table and adds its kernels to mw_kernels, but for those whose bit in `without` is set: all or, after a
 * failure, none. `origin`, name and hash of the file, becomes part of mw_kernel.label; it is copied, like the kernels'
 * texts. The code stays where it is, so the object must not be closed. Fills of[] with the kernels in the order of the
 * table, NULL for one that was left out, and returns how many the table has. -EINVAL: another ABI, or a field
 * with a value that it cannot have; -EEXIST: a name that is taken; -ENOTSUP: this CPU lacks an instruction set;
 * -ENOSPC: too many. Messages name the kernel. */
int mw_kernels_add(const mw_kernel_table *table, uint32_t without, const char *origin,
                   const mw_kernel *of[MW_MOST_OUTSIDE], mw_error *err);

/* Whether a kernel of that dtype cannot have the name: there is one, or it is a word that command lines understand. */
bool mw_kernel_name_taken(const char *name, mw_dtype dtype);

#endif
