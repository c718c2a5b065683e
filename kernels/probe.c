#include "kernels/probe.h"

#include <stdio.h>

#include "kernel_list.h"

#define DECLARE(symbol) extern const mw_probe mw_##symbol;
MW_PROBE_LIST(DECLARE)

#define ADDRESS(symbol) &mw_##symbol,
const mw_probe *const mw_probes[] = {MW_PROBE_LIST(ADDRESS) NULL};

const mw_read_way mw_read_ways[MW_READ_WAYS] = {
    {"1 stream", 1, false},           {"2 streams", 2, false},          {"4 streams", 4, false},
    {"8 streams", 8, false},          {"1 stream, prefetch", 1, true},  {"2 streams, prefetch", 2, true},
    {"4 streams, prefetch", 4, true}, {"8 streams, prefetch", 8, true},
};

const char *mw_stream_name(mw_stream stream)
{
    static const char *const names[MW_STREAM_COUNT] = {"copy", "scale", "add", "triad"};
    return names[stream];
}

static bool supported(const mw_probe *probe)
{
    return (probe->isa & ~mw_cpu_isa()) == 0;
}

const mw_probe *mw_probe_widest(void)
{
    const mw_probe *widest = mw_probes[0];
    for (const mw_probe *const *p = mw_probes; *p; p++)
        if (supported(*p))
            widest = *p;
    return widest;
}

unsigned mw_reads(void)
{
    unsigned n = 0;
    for (const mw_probe *const *p = mw_probes; *p; p++)
        n += supported(*p) ? MW_READ_WAYS : 0;
    return n < MW_MOST_READS ? n : MW_MOST_READS;
}

const mw_probe *mw_read_probe(unsigned read)
{
    unsigned before = read / MW_READ_WAYS;
    const mw_probe *const *p = mw_probes;
    while (!supported(*p) || before-- > 0)
        p++;
    return *p;
}

uint64_t mw_read(unsigned read, const void *from, size_t bytes)
{
    return mw_read_probe(read)->read(from, bytes, read % MW_READ_WAYS);
}

const char *mw_read_name(unsigned read, char name[MW_READ_NAME])
{
    snprintf(name, MW_READ_NAME, "%u-bit, %s", 8 * mw_read_probe(read)->load_bytes,
             mw_read_ways[read % MW_READ_WAYS].name);
    return name;
}
