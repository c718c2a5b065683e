/* --cache: what the caches are like where the system does not tell or tells wrong. */
#ifndef MW_BENCH_CACHE_OPTION_H
#define MW_BENCH_CACHE_OPTION_H

#include "platform/topology.h"

/* Reads a list like "L1:64K:8:64,L2:1M:16:64,LLC:32M": LEVEL:SIZE:WAYS:LINE, where LEVEL is L1 to L4 or LLC (L4 if
 * there is one, else L3), SIZE is in bytes or with K, M or G, and LINE in bytes. What is left out behind SIZE stays as
 * `topology` knows it, or unknown. Overrides the levels in `topology`; -EINVAL and one line for any mistake, with
 * nothing overridden. */
int mw_cache_option_parse(const char *text, mw_topology *topology, mw_error *err);

#endif
