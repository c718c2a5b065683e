/* A build without traced kernels. */
#include "kernels/trace/trace.h"

#include <errno.h>
#include <stddef.h>

const mw_kernel *mw_traced(const mw_kernel *kernel)
{
    (void)kernel;
    return NULL;
}

int mw_trace_adopt(const mw_kernel *kernel, mw_gemv_fn *gemv, mw_trace_to_fn *trace_to)
{
    (void)kernel;
    (void)gemv;
    (void)trace_to;
    return -ENOTSUP;
}

void mw_trace_start(const mw_kernel *twin, mw_trace_fn *fn, void *to)
{
    (void)twin;
    (void)fn;
    (void)to;
}

void mw_trace_stop(void)
{
}
