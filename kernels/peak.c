#include "kernels/peak.h"

#include <string.h>

#include "kernel_list.h"

#define DECLARE(symbol) extern const mw_peak mw_##symbol;
MW_PEAK_LIST(DECLARE)

#define ADDRESS(symbol) &mw_##symbol,
const mw_peak *const mw_peaks[] = {MW_PEAK_LIST(ADDRESS) NULL};

bool mw_peak_supported(const mw_peak *peak)
{
    return (peak->isa & ~mw_cpu_isa()) == 0;
}

const mw_peak *mw_peak_of(const char *isa_name, bool int8)
{
    for (const mw_peak *const *p = mw_peaks; *p; p++)
        if (strcmp((*p)->isa_name, isa_name) == 0 && (*p)->int8 == int8 && mw_peak_supported(*p))
            return *p;
    return NULL;
}

uint64_t mw_peak_flops(const mw_peak *peak, uint64_t iterations)
{
    return 2 * iterations * peak->lanes * peak->chains * peak->products;
}
