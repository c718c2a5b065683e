#include "kernels/registry.h"

#include "kernels/ops.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kernel_list.h" /* made by meson: MW_KERNEL_LIST(X) is X(gemv_f32_ref) X(gemv_f32_scalar) ... */

#define DECLARE(symbol) extern const mw_kernel mw_##symbol;
MW_KERNEL_LIST(DECLARE)

#define ADDRESS(symbol) &mw_##symbol,
const mw_kernel *const mw_kernels[] = {MW_KERNEL_LIST(ADDRESS) NULL};

const char mw_kernel_flags[] = MW_KERNEL_FLAGS;

bool mw_kernel_supported(const mw_kernel *kernel)
{
    return (kernel->isa & ~mw_cpu_isa()) == 0;
}

static const mw_kernel *by_name(mw_op op, const char *name)
{
    for (const mw_kernel *const *k = mw_kernels; *k; k++)
        if ((*k)->op == op && strcmp((*k)->name, name) == 0)
            return *k;
    return NULL;
}

int mw_kernel_find(mw_op op, const char *name, const mw_kernel **out, mw_error *err)
{
    *out = by_name(op, name);
    if (*out && mw_kernel_supported(*out))
        return 0;
    char names[512] = "";
    for (const mw_kernel *const *k = mw_kernels; *k; k++)
        if ((*k)->op == op && mw_kernel_supported(*k)) {
            size_t n = strlen(names);
            snprintf(names + n, sizeof names - n, "%s%s", n ? ", " : "", (*k)->name);
        }
    if (!*out)
        return mw_fail(err, -ENOENT, "no %s kernel is called '%.64s'; choose one of: %s", mw_op_name(op), name, names);
    char isa[64];
    mw_isa_text((*out)->isa, isa, sizeof isa);
    *out = NULL;
    return mw_fail(err, -ENOTSUP, "%s kernel '%.64s' needs %s, which this CPU lacks; choose one of: %s", mw_op_name(op),
                   name, isa, names);
}

const mw_kernel *mw_kernel_best(mw_layout_id layout, bool native)
{
    const mw_kernel *best = NULL;
    for (const mw_kernel *const *k = mw_kernels; *k; k++)
        if ((*k)->op == MW_OP_GEMV && (*k)->layout == layout && mw_kernel_supported(*k) &&
            !(native && strcmp((*k)->isa_name, "neon-simde") == 0))
            best = *k;
    return best;
}

void mw_kernel_set_for(const mw_kernel *gemv, mw_kernel_set *set)
{
    for (int op = 0; op < MW_OP_COUNT; op++) {
        const mw_kernel *k = by_name((mw_op)op, gemv->ops);
        set->of[op] = k && mw_kernel_supported(k) ? k : by_name((mw_op)op, "scalar");
    }
    const mw_kernel *gemm = by_name(MW_OP_GEMM, gemv->name);
    set->of[MW_OP_GEMV] = gemv;
    set->of[MW_OP_GEMM] = gemm && mw_kernel_supported(gemm) ? gemm : NULL;
}
