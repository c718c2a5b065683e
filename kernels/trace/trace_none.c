/* A build without traced kernels. */
#include "kernels/trace/trace.h"

#include <stddef.h>

const mw_kernel *mw_traced(const mw_kernel *kernel)
{
    (void)kernel;
    return NULL;
}

void mw_trace_start(mw_trace_fn *fn, void *to)
{
    (void)fn;
    (void)to;
}

void mw_trace_stop(void)
{
}
