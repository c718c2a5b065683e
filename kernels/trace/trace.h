/* Traced kernels: for each kernel a twin that reports every memory access it makes. The twins are made from the
 * compiler's own assembly of the same files under the same flags (instrument.py), so what is traced is what is timed.
 * Where that cannot be done (macOS, other compilers and CPUs) there are none. A library's kernel never has one; a
 * kernel from outside has one if its source is at hand.
 *
 * A report costs some nanoseconds; twins are never timed. */
#ifndef MW_KERNELS_TRACE_H
#define MW_KERNELS_TRACE_H

#include "kernels/kernel.h"
#include "kernels/trace/accesses.h"

/* The twin of a kernel of the registry; NULL if this build has none, or this CPU cannot save its registers around a
 * report. */
const mw_kernel *mw_traced(const mw_kernel *kernel);

/* Makes `gemv`, which reports to what `trace_to` says, the twin of a kernel from outside. -ENOSPC, or -ENOTSUP if this
 * build has no twins. */
int mw_trace_adopt(const mw_kernel *kernel, mw_gemv_fn *gemv, mw_trace_to_fn *trace_to);

/* From mw_trace_start to mw_trace_stop every access of the twin goes to `fn`; otherwise it is dropped. For one thread
 * at a time. */
void mw_trace_start(const mw_kernel *twin, mw_trace_fn *fn, void *to);
void mw_trace_stop(void);

#endif
