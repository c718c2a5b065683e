/* The one list of kernels, made from the list in kernels/meson.build. Registry, tests, --list, micro-benchmarks and
 * engine all read it here. Within an op and a dtype it runs from plain to best: of the kernels that a CPU supports, the
 * last one of a layout is the preferred one. */
#ifndef MW_KERNELS_REGISTRY_H
#define MW_KERNELS_REGISTRY_H

#include "kernels/kernel.h"
#include "platform/error.h"

#include <stdbool.h>

/* All kernels of this build, then at most MW_MOST_OUTSIDE from outside (exports.h), a NULL at the end. */
extern const mw_kernel *mw_kernels[];
enum { MW_MOST_OUTSIDE = 32 };

/* Adds a kernel from outside at the end, and takes one out again. Not while another thread reads the list. */
void mw_kernel_append(const mw_kernel *kernel);
void mw_kernel_remove(const mw_kernel *kernel);

/* Compile flags of each group of kernels, for the record: "scalar: -O3 ...; neon: ...". */
extern const char mw_kernel_flags[];

/* Whether this CPU can run it. */
bool mw_kernel_supported(const mw_kernel *kernel);

/* The kernel of `op` over `dtype` (MW_F32 for ops without weights) called `name`. An unknown name, or one that this
 * CPU cannot run, is -ENOENT or -ENOTSUP with a message that lists the valid ones; there is never a silent substitute.
 */
int mw_kernel_find(mw_op op, mw_dtype dtype, const char *name, const mw_kernel **out, mw_error *err);

/* The preferred supported GEMV kernel of a dtype and a layout; with `native`, none that runs through SIMDe. NULL if
 * there is none. Kernels from outside are never preferred: they are measured next to the others. */
const mw_kernel *mw_kernel_best(mw_dtype dtype, mw_layout_id layout, bool native);

/* The kernels that one variant decodes with: a GEMV for each dtype, the GEMM that belongs to it, and the small ops that
 * go with them. */
typedef struct mw_kernel_set {
    const mw_kernel *of[MW_OP_COUNT];                             /* GEMV and GEMM: those of the variant's dtype */
    const mw_kernel *gemv[MW_DTYPE_COUNT], *gemm[MW_DTYPE_COUNT]; /* of one layout; NULL: there is none */
} mw_kernel_set;

/* The set of `gemv`: each small op is the one named by gemv->ops if this CPU runs it, else the scalar one. A model
 * mixes dtypes, so there is a GEMV for each: for that of `gemv` itself, for others the one of its name and layout, or
 * else the preferred one of the layout. A GEMM has the name of its GEMV; few GEMV kernels have one, and a caller that
 * has none calls the GEMV for each of several tokens. */
void mw_kernel_set_for(const mw_kernel *gemv, mw_kernel_set *set);

#endif
