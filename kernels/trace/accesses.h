/* Memory accesses of traced kernels, and the buffer that takes them. Needs nothing else of memwall, because traced
 * kernels from outside have a copy of it in their shared object. */
#ifndef MW_KERNELS_ACCESSES_H
#define MW_KERNELS_ACCESSES_H

#include <stddef.h>
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

/* From here on accesses go to `fn`; with NULL, after what is in the buffer has gone to the last one, they are dropped.
 * For one thread at a time. */
typedef void mw_trace_to_fn(mw_trace_fn *fn, void *to);
__attribute__((visibility("default"))) mw_trace_to_fn mw_trace_to;

#endif
