/* Traced kernels: for each kernel a twin that reports every memory access it makes. The twins are made from the
 * compiler's own assembly of the same files under the same flags (instrument.py), so what is traced is what is timed.
 * Where that cannot be done (macOS, other compilers and CPUs) there are none. A library's kernel never has one.
 *
 * A report costs some nanoseconds; twins are never timed. */
#ifndef MW_KERNELS_TRACE_H
#define MW_KERNELS_TRACE_H

#include "kernels/kernel.h"
#include "platform/error.h"

#include <stdbool.h>
#include <stdint.h>

enum { MW_ACCESS_LOAD = 1, MW_ACCESS_STORE = 2 };

/* One access: where, how many bytes, and what (both for an instruction that changes memory). */
typedef struct mw_access {
    uintptr_t at;
    uint8_t bytes, kind;
    uint16_t unused[3];
} mw_access;

/* Calls that compilers generate for loops, memcpy and the like, are reported in pieces of 16 bytes, the source
 * first. */

/* Gets accesses in the order in which they were made. */
typedef void mw_trace_fn(void *to, const mw_access *accesses, size_t n);

/* The twin of a kernel of the registry; NULL if this build has none, or this CPU cannot save its registers around a
 * report. */
const mw_kernel *mw_traced(const mw_kernel *kernel);

/* From mw_trace_start to mw_trace_stop every access of a twin goes to `fn`; otherwise it is dropped. For one thread at
 * a time.
 */
void mw_trace_start(mw_trace_fn *fn, void *to);
void mw_trace_stop(void);

#endif
