/* The buffer of accesses. Compiled into memwall, and into the shared object of a traced kernel from outside. */
#include "kernels/trace/accesses.h"

#include <string.h>

/* The twins' side (trace_x86_64.S, trace_aarch64.S): mw_trace_access appends to the buffer, and calls mw_trace_full
 * when the next record would be its last. */
enum { RECORDS = 4096 };
static mw_access buffer[RECORDS];
mw_access *mw_trace_next = buffer;
mw_access *const mw_trace_end = buffer + RECORDS;
void mw_trace_full(void);

_Static_assert(sizeof(mw_access) == 16 && offsetof(mw_access, bytes) == 8, "assembly writes two words a record");

static mw_trace_fn *sink;
static void *sink_to;

void mw_trace_full(void)
{
    if (sink)
        sink(sink_to, buffer, (size_t)(mw_trace_next - buffer));
    mw_trace_next = buffer;
}

/* --- what twins call instead of memcpy, memmove and memset (instrument.py) --- */

static void report(const void *at, size_t bytes, uint8_t kind)
{
    enum { PIECE = 16 };
    for (size_t done = 0; done < bytes; done += PIECE) {
        const size_t n = bytes - done < PIECE ? bytes - done : PIECE;
        *mw_trace_next++ = (mw_access){.at = (uintptr_t)at + done, .bytes = (uint8_t)n, .kind = kind};
        if (mw_trace_next == mw_trace_end)
            mw_trace_full();
    }
}

void *mw_trace_memcpy(void *to, const void *from, size_t bytes);
void *mw_trace_memcpy(void *to, const void *from, size_t bytes)
{
    report(from, bytes, MW_ACCESS_LOAD);
    report(to, bytes, MW_ACCESS_STORE);
    return memcpy(to, from, bytes);
}

void *mw_trace_memmove(void *to, const void *from, size_t bytes);
void *mw_trace_memmove(void *to, const void *from, size_t bytes)
{
    report(from, bytes, MW_ACCESS_LOAD);
    report(to, bytes, MW_ACCESS_STORE);
    return memmove(to, from, bytes);
}

void *mw_trace_memset(void *to, int byte, size_t bytes);
void *mw_trace_memset(void *to, int byte, size_t bytes)
{
    report(to, bytes, MW_ACCESS_STORE);
    return memset(to, byte, bytes);
}

void mw_trace_to(mw_trace_fn *fn, void *to)
{
    if (fn)
        mw_trace_next = buffer;
    else
        mw_trace_full();
    sink = fn;
    sink_to = to;
}
