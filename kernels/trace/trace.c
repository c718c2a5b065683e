#include "kernels/trace/trace.h"

#include "kernels/registry.h"

#include <errno.h>
#include <stddef.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "kernel_list.h"

#define DECLARE(symbol) extern const mw_kernel mw_##symbol, mw_traced_##symbol;
MW_TRACED_LIST(DECLARE)

#define PAIR(symbol) {&mw_##symbol, &mw_traced_##symbol},
static const struct {
    const mw_kernel *kernel, *twin;
} pairs[] = {MW_TRACED_LIST(PAIR)};

/* Twins of kernels from outside. */
static struct adopted {
    const mw_kernel *kernel;
    mw_kernel twin;
    mw_trace_to_fn *trace_to;
} adopted[MW_MOST_OUTSIDE];
static size_t n_adopted;

static mw_trace_to_fn *now = mw_trace_to; /* of the twin that is traced */

/* Reports save vector registers with the instruction that operating systems use. */
static bool can_save_registers(void)
{
#if defined(__x86_64__)
    unsigned a, b, c, d;
    return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_OSXSAVE);
#else
    return true;
#endif
}

const mw_kernel *mw_traced(const mw_kernel *kernel)
{
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (pairs[i].kernel == kernel)
            return can_save_registers() ? pairs[i].twin : NULL;
    for (size_t i = 0; i < n_adopted; i++)
        if (adopted[i].kernel == kernel)
            return can_save_registers() ? &adopted[i].twin : NULL;
    return NULL;
}

int mw_trace_adopt(const mw_kernel *kernel, mw_gemv_fn *gemv, mw_trace_to_fn *trace_to)
{
    if (n_adopted == MW_MOST_OUTSIDE)
        return -ENOSPC;
    adopted[n_adopted] = (struct adopted){.kernel = kernel, .twin = *kernel, .trace_to = trace_to};
    adopted[n_adopted++].twin.fn.gemv = gemv;
    return 0;
}

void mw_trace_start(const mw_kernel *twin, mw_trace_fn *fn, void *to)
{
    now = mw_trace_to;
    for (size_t i = 0; i < n_adopted; i++)
        if (&adopted[i].twin == twin)
            now = adopted[i].trace_to;
    now(fn, to);
}

void mw_trace_stop(void)
{
    now(NULL, NULL);
}
