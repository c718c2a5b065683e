#include "kernels/probe.h"

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

const mw_probe *mw_probe_widest(void)
{
    const mw_probe *widest = mw_probes[0];
    for (const mw_probe *const *p = mw_probes; *p; p++)
        if (((*p)->isa & ~mw_cpu_isa()) == 0)
            widest = *p;
    return widest;
}
