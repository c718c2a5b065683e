/* Variants: which kernel reads which layout, loaded how. */
#ifndef MW_ENGINE_VARIANT_H
#define MW_ENGINE_VARIANT_H

#include "kernels/registry.h"
#include "layouts/weights.h"

typedef struct mw_variant {
    char name[80]; /* "tvl" for the paper's four, else "kernel/layout/load" or "kernel/layout/load/placement"; then
                      "@dtype" unless it is f32 */
    const mw_kernel *gemv;
    const mw_layout *layout;
    mw_load load;
    mw_placement placement;
} mw_variant;

/* The variant of a kernel and a load, with its name; and with a placement. */
mw_variant mw_variant_of(const mw_kernel *gemv, mw_load load);
mw_variant mw_variant_placed(const mw_kernel *gemv, mw_load load, mw_placement placement);

/* The load of a layout if none is asked for: a .tvl file is mapped, everything else read. */
mw_load mw_load_default(const mw_layout *layout);

/* Parses "scalar", "neon", "mmap", "tvl", or "kernel[/layout[/load[/placement]]]", over weights of `dtype` or, with
 * "@dtype" at its end, of that one. An unknown part, a kernel that this CPU cannot run, a layout that is not the
 * kernel's or a placement that the load cannot give is -EINVAL, -ENOENT or -ENOTSUP with a message that lists the
 * choices. */
int mw_variant_parse(const char *text, mw_dtype dtype, mw_variant *variant, mw_error *err);

/* The paper's four, in its order, over weights of `dtype`; those that this CPU cannot run, or that have no such kernel,
 * are left out. Returns how many. */
int mw_variants_paper(mw_dtype dtype, mw_variant variants[4]);

/* -ENOENT, with a message that lists the dtypes, if none has that name. */
int mw_variant_dtype(const char *name, mw_dtype *dtype, mw_error *err);

int mw_load_parse(const char *name, mw_load *load, mw_error *err);
int mw_placement_parse(const char *name, mw_placement *placement, mw_error *err);

/* Whether weights in `layout` can be loaded that way. */
bool mw_load_possible(const mw_layout *layout, mw_load load);

#endif
