/* CPUs, caches and binding, from hwloc where it is built in (topology_hwloc.c), else from the operating system's own
 * few facts (topology_none.c). */
#ifndef MW_PLATFORM_TOPOLOGY_H
#define MW_PLATFORM_TOPOLOGY_H

#include "platform/error.h"

#include <stdbool.h>
#include <stdint.h>

enum { MW_MAX_CPUS = 1024 };

typedef struct mw_topology mw_topology;

/* Inspects the machine once. *out is owned by the caller. */
int mw_topology_open(mw_topology **out, mw_error *err);
void mw_topology_close(mw_topology *topology);

/* Where the facts come from, e.g. "hwloc 2.9.0" or "none". */
const char *mw_topology_source(const mw_topology *topology);

/* CPUs that this process may use, as the system numbers them, one hardware thread of every core first and the second
 * ones after that: the first n are the ones to take for n threads. Returns how many there are, at least 1. */
int mw_topology_cpus(const mw_topology *topology, int cpus[MW_MAX_CPUS]);

/* How many cores cpus[n] are hardware threads of; n where that is not known. */
int mw_topology_cores(const mw_topology *topology, const int *cpus, int n);

/* Binds the calling thread to one CPU; false where that is not possible. */
bool mw_topology_bind(const mw_topology *topology, int cpu);

/* Undoes that: the calling thread may run on every CPU that this process may use, and so may programs it starts. */
void mw_topology_unbind(const mw_topology *topology);

/* NUMA nodes that the usable CPUs belong to; 1 if nothing is known. */
int mw_topology_nodes(const mw_topology *topology);

/* The NUMA node of a CPU, as the system numbers it; MW_UNKNOWN if that is not told. */
int mw_topology_node(const mw_topology *topology, int cpu);

/* Classes of cores (hwloc's CPU kinds): how many the machine has, 1 if nothing is known; and the class of a CPU, from 0
 * on, in hwloc's order, which is from slow to fast where it knows. */
int mw_topology_core_classes(const mw_topology *topology);
int mw_topology_core_class(const mw_topology *topology, int cpu);

/* From now on new pages come from the nodes of cpus[n]: from that node as long as it has room, or from several in turn.
 * Holds for the calling thread and those it starts later, so it comes before the pool. False where that is not possible
 * or there is no choice: one node in the whole machine. */
bool mw_topology_bind_memory(const mw_topology *topology, const int *cpus, int n);

/* One data or unified cache level as CPU 0 sees it, level 1 the smallest. Fields are MW_UNKNOWN where not available.
 * False if there is no such level. */
typedef struct mw_cache_info {
    int64_t bytes, line_bytes, ways;
} mw_cache_info;
bool mw_topology_cache(const mw_topology *topology, int level, mw_cache_info *info);

/* The same as another CPU sees it: cores of different classes have different caches. */
bool mw_topology_cache_of(const mw_topology *topology, int cpu, int level, mw_cache_info *info);

/* How many data or unified caches of that level the machine has; 1 where that is not known. */
int mw_topology_caches(const mw_topology *topology, int level);

/* From now on mw_topology_cache answers `info` for this level, 1 to MW_CACHE_LEVELS. */
enum { MW_CACHE_LEVELS = 4 };
void mw_topology_override_cache(mw_topology *topology, int level, const mw_cache_info *info);

/* Writes the topology as hwloc's XML; false where there is no hwloc. */
bool mw_topology_write_xml(const mw_topology *topology, const char *path);

#endif
