/* The loops of a probe, for the vector width PROBE_BYTES that the including file sets. */
#include "kernels/probe.h"

#include <string.h>

#if defined(__GNUC__) && !defined(__clang__)
/* Copy is a loop of loads and stores here, whatever the compiler thinks of memcpy. */
#pragma GCC optimize("no-tree-loop-distribute-patterns")
#endif

/* Streams lie within a piece of this many bytes: four of them over some hundred MB of 4 KiB pages were measured to be
 * slower than four within 4 MiB, whose page tables are next to each other. */
enum { PIECE = 4 << 20 };

enum { LINE = MW_PROBE_LINE, VECTORS = LINE / PROBE_BYTES /* a line */, LINES = 8 /* in flight */, AHEAD = 32 * LINE };

typedef uint64_t words __attribute__((vector_size(PROBE_BYTES), may_alias));
typedef float floats __attribute__((vector_size(PROBE_BYTES), may_alias));

/* `streams` and `prefetch` are constants at every call, so that each way is a loop of its own. One step takes LINES
 * lines, divided among the streams; eight sums, because a load can be issued before the last XOR is done. */
static inline __attribute__((always_inline)) uint64_t read_way(const char *from, size_t bytes, unsigned streams,
                                                               bool prefetch)
{
    const size_t per_step = LINES / streams * LINE, steps = bytes / streams / per_step, part = steps * per_step;
    words sum[8] = {{0}};
    const char *at[LINES];
    for (unsigned s = 0; s < streams; s++)
        at[s] = from + s * part;
    for (size_t i = 0; i < steps; i++) {
        for (unsigned s = 0; s < streams; s++) {
            for (unsigned v = 0; v < LINES / streams * VECTORS; v++)
                sum[(s * (LINES / streams) + v) % 8] ^= *(const words *)(at[s] + v * PROBE_BYTES);
            for (unsigned l = 0; prefetch && l < LINES / streams; l++)
                __builtin_prefetch(at[s] + AHEAD + l * LINE);
            at[s] += per_step;
        }
    }
    for (const char *rest = from + streams * part; rest < from + bytes; rest += PROBE_BYTES)
        sum[0] ^= *(const words *)rest;
    uint64_t lane[PROBE_BYTES / 8], all = 0;
    for (int i = 1; i < 8; i++)
        sum[0] ^= sum[i];
    memcpy(lane, &sum[0], sizeof lane);
    for (size_t i = 0; i < PROBE_BYTES / 8; i++)
        all ^= lane[i];
    return all;
}

static uint64_t read_piece(const char *from, size_t bytes, unsigned way)
{
    switch (way) {
    case 0: return read_way(from, bytes, 1, false);
    case 1: return read_way(from, bytes, 2, false);
    case 2: return read_way(from, bytes, 4, false);
    case 3: return read_way(from, bytes, 8, false);
    case 4: return read_way(from, bytes, 1, true);
    case 5: return read_way(from, bytes, 2, true);
    case 6: return read_way(from, bytes, 4, true);
    default: return read_way(from, bytes, 8, true);
    }
}

static uint64_t probe_read(const void *from, size_t bytes, unsigned way)
{
    uint64_t all = 0;
    for (size_t done = 0; done < bytes; done += PIECE)
        all ^= read_piece((const char *)from + done, bytes - done < PIECE ? bytes - done : PIECE, way);
    return all;
}

static void probe_stream(mw_stream stream, float *a, const float *b, const float *c, float s, size_t n)
{
    floats *to = (floats *)a;
    const floats *x = (const floats *)b, *y = (const floats *)c;
    n = n * sizeof(float) / PROBE_BYTES;
    switch (stream) {
    case MW_STREAM_COPY:
        for (size_t i = 0; i < n; i++)
            to[i] = x[i];
        break;
    case MW_STREAM_SCALE:
        for (size_t i = 0; i < n; i++)
            to[i] = s * x[i];
        break;
    case MW_STREAM_ADD:
        for (size_t i = 0; i < n; i++)
            to[i] = x[i] + y[i];
        break;
    case MW_STREAM_TRIAD:
        for (size_t i = 0; i < n; i++)
            to[i] = x[i] + s * y[i];
        break;
    case MW_STREAM_COUNT: break;
    }
}
