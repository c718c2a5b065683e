#include "kernels/registry.h"

#include "kernels/ops.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kernel_list.h" /* made by meson: MW_KERNEL_LIST(X) is X(gemv_f32_ref) X(gemv_f32_scalar) ... */

#define DECLARE(symbol) extern const mw_kernel mw_##symbol;
MW_KERNEL_LIST(DECLARE)

#define ONE(symbol) +1
enum { BUILT_IN = MW_KERNEL_LIST(ONE) };

#define ADDRESS(symbol) &mw_##symbol,
const mw_kernel *mw_kernels[] = {MW_KERNEL_LIST(ADDRESS)[BUILT_IN + MW_MOST_OUTSIDE] = NULL};

void mw_kernel_append(const mw_kernel *kernel)
{
    size_t n = BUILT_IN;
    while (mw_kernels[n])
        n++;
    mw_kernels[n] = kernel;
}

void mw_kernel_remove(const mw_kernel *kernel)
{
    size_t kept = BUILT_IN;
    for (size_t n = BUILT_IN; mw_kernels[n]; n++)
        if (mw_kernels[n] != kernel)
            mw_kernels[kept++] = mw_kernels[n];
    mw_kernels[kept] = NULL;
}

const char mw_kernel_flags[] = MW_KERNEL_FLAGS;

bool mw_kernel_supported(const mw_kernel *kernel)
{
    return (kernel->isa & ~mw_cpu_isa()) == 0;
}

static const mw_kernel *by_name(mw_op op, mw_dtype dtype, const char *name)
{
    for (const mw_kernel *const *k = mw_kernels; *k; k++)
        if ((*k)->op == op && (*k)->dtype == dtype && strcmp((*k)->name, name) == 0)
            return *k;
    return NULL;
}

int mw_kernel_find(mw_op op, mw_dtype dtype, const char *name, const mw_kernel **out, mw_error *err)
{
    *out = by_name(op, dtype, name);
    if (*out && mw_kernel_supported(*out))
        return 0;
    char names[512] = "";
    const char *of = dtype == MW_F32 ? "" : mw_dtypes[dtype].name;
    for (const mw_kernel *const *k = mw_kernels; *k; k++)
        if ((*k)->op == op && (*k)->dtype == dtype && mw_kernel_supported(*k)) {
            size_t n = strlen(names);
            snprintf(names + n, sizeof names - n, "%s%s", n ? ", " : "", (*k)->name);
        }
    if (!*out)
        return mw_fail(err, -ENOENT, "no %s%s%s kernel is called '%.64s'; choose one of: %s", of, of[0] ? " " : "",
                       mw_op_name(op), name, names);
    char isa[64];
    mw_isa_text((*out)->isa, isa, sizeof isa);
    *out = NULL;
    return mw_fail(err, -ENOTSUP, "%s kernel '%.64s' needs %s, which this CPU lacks; choose one of: %s", mw_op_name(op),
                   name, isa, names);
}

const mw_kernel *mw_kernel_best(mw_dtype dtype, mw_layout_id layout, bool native)
{
    const mw_kernel *best = NULL;
    for (const mw_kernel *const *k = mw_kernels; *k; k++)
        if ((*k)->op == MW_OP_GEMV && (*k)->dtype == dtype && (*k)->layout == layout && mw_kernel_supported(*k) &&
            !(*k)->label && !(native && strcmp((*k)->isa_name, "neon-simde") == 0))
            best = *k;
    return best;
}

/* NULL if there is none that this CPU can run. */
static const mw_kernel *runnable(const mw_kernel *kernel)
{
    return kernel && mw_kernel_supported(kernel) ? kernel : NULL;
}

void mw_kernel_set_for(const mw_kernel *gemv, mw_kernel_set *set)
{
    *set = (mw_kernel_set){0};
    for (int op = 0; op < MW_OP_COUNT; op++) {
        const mw_kernel *k = runnable(by_name((mw_op)op, MW_F32, gemv->ops));
        set->of[op] = k ? k : by_name((mw_op)op, MW_F32, "scalar");
    }
    for (int d = 0; d < MW_DTYPE_COUNT; d++) {
        const mw_dtype dtype = (mw_dtype)d;
        const mw_kernel *same = dtype == gemv->dtype ? gemv : runnable(by_name(MW_OP_GEMV, dtype, gemv->name));
        if (!same || same->layout != gemv->layout)
            same = mw_kernel_best(dtype, gemv->layout, false);
        set->gemv[d] = same;
        set->gemm[d] = same ? runnable(by_name(MW_OP_GEMM, dtype, same->name)) : NULL;
    }
    set->of[MW_OP_GEMV] = gemv;
    set->of[MW_OP_GEMM] = set->gemm[gemv->dtype];
}
