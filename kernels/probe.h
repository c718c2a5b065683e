/* Probes: how fast this CPU's memory is, as far as loops over it can tell. A probe file is written for one vector width
 * and exports one mw_probe; like kernels, probes know nothing of files, threads or clocks.
 *
 * `read` is the roof that kernels are judged against. It XORs everything into a few registers: one operation per load,
 * the least that keeps the loads alive, and the result is exact in any order, so that a test can prove that every byte
 * was read. There are several ways (mw_read_way) because one forward stream does not fill a core's memory pipes
 * everywhere: hardware prefetchers follow several streams at once and look only so far ahead on each.
 *
 * `stream` is one of the four loops of McCalpin, "Memory Bandwidth and Machine Balance in Current High Performance
 * Computers" (1995), with ordinary stores. */
#ifndef MW_KERNELS_PROBE_H
#define MW_KERNELS_PROBE_H

#include "platform/cpu.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MW_PROBE_LINE = 64, MW_READ_WAYS = 8 };

/* A way of reading: pieces of a few MB are cut into this many streams, read in turns, each strictly forward; with or
 * without software prefetches some lines ahead. */
typedef struct mw_read_way {
    const char *name; /* "4 streams, prefetch" */
    unsigned streams;
    bool prefetch;
} mw_read_way;
extern const mw_read_way mw_read_ways[MW_READ_WAYS];

/* XOR of all 64-bit words of [from, from + bytes), read in way `way`. `from` is aligned to MW_PROBE_LINE, `bytes` is a
 * multiple of it. */
typedef uint64_t mw_read_fn(const void *from, size_t bytes, unsigned way);

typedef enum mw_stream {
    MW_STREAM_COPY,  /* a = b */
    MW_STREAM_SCALE, /* a = s b */
    MW_STREAM_ADD,   /* a = b + c */
    MW_STREAM_TRIAD, /* a = b + s c */
    MW_STREAM_COUNT
} mw_stream;

/* "copy", "scale", "add", "triad" */
const char *mw_stream_name(mw_stream stream);

/* One pass over n floats. All pointers are aligned to MW_PROBE_LINE, n is a multiple of 16, arrays do not overlap. `c`
 * is not read by copy and scale. */
typedef void mw_stream_f32_fn(mw_stream stream, float *a, const float *b, const float *c, float s, size_t n);

typedef struct mw_probe {
    const char *name; /* "base", "avx2", "avx512" */
    uint32_t isa;     /* MW_ISA_ bits that must be there at run time */
    unsigned load_bytes;
    mw_read_fn *read;
    mw_stream_f32_fn *stream;
} mw_probe;

/* All probes of this build from narrow to wide, a NULL at the end. */
extern const mw_probe *const mw_probes[];

/* The widest one that this CPU supports. */
const mw_probe *mw_probe_widest(void);

/* The family of reads that a roof is the best of: every way of every probe that this CPU supports, counted from 0 to
 * mw_reads() - 1, narrow ones first. All widths, because the widest loads are not the fastest everywhere: a core that
 * splits 64-byte loads in two was measured to stream a tenth less with them than with 32-byte ones. */
enum { MW_MOST_READS = 3 * MW_READ_WAYS, MW_READ_NAME = 40 };
unsigned mw_reads(void);

/* The probe of member `read` of the family. */
const mw_probe *mw_read_probe(unsigned read);

/* Like mw_read_fn, with member `read` of the family. */
uint64_t mw_read(unsigned read, const void *from, size_t bytes);

/* "256-bit, 4 streams, prefetch" */
const char *mw_read_name(unsigned read, char name[MW_READ_NAME]);

#endif
