/* Topology without hwloc: which CPUs may be used and the line size; no binding, no cache sizes. */
#include "platform/os.h"
#include "platform/topology.h"

#include <errno.h>
#include <stdlib.h>

struct mw_topology {
    int cpus[MW_MAX_CPUS], n;
    bool overridden[MW_CACHE_LEVELS + 1]; /* by level */
    mw_cache_info cache[MW_CACHE_LEVELS + 1];
};

int mw_topology_open(mw_topology **out, mw_error *err)
{
    mw_topology *t = *out = calloc(1, sizeof *t);
    if (!t)
        return mw_fail(err, -ENOMEM, "out of memory for the topology");
    int n = mw_cpus_allowed(t->cpus, MW_MAX_CPUS);
    t->n = n < MW_MAX_CPUS ? n : MW_MAX_CPUS;
    return 0;
}

void mw_topology_close(mw_topology *t)
{
    free(t);
}

const char *mw_topology_source(const mw_topology *t)
{
    (void)t;
    return "none";
}

int mw_topology_cpus(const mw_topology *t, int cpus[MW_MAX_CPUS])
{
    for (int i = 0; i < t->n; i++)
        cpus[i] = t->cpus[i];
    return t->n;
}

int mw_topology_cores(const mw_topology *t, const int *cpus, int n)
{
    (void)t, (void)cpus;
    return n;
}

bool mw_topology_bind(const mw_topology *t, int cpu)
{
    (void)t;
    (void)cpu;
    return false;
}

void mw_topology_unbind(const mw_topology *t)
{
    (void)t;
}

int mw_topology_nodes(const mw_topology *t)
{
    (void)t;
    return 1;
}

int mw_topology_node(const mw_topology *t, int cpu)
{
    (void)t, (void)cpu;
    return MW_UNKNOWN;
}

int mw_topology_core_classes(const mw_topology *t)
{
    (void)t;
    return 1;
}

int mw_topology_core_class(const mw_topology *t, int cpu)
{
    (void)t, (void)cpu;
    return 0;
}

bool mw_topology_bind_memory(const mw_topology *t, const int *cpus, int n)
{
    (void)t;
    (void)cpus;
    (void)n;
    return false;
}

bool mw_topology_cache(const mw_topology *t, int level, mw_cache_info *info)
{
    if (level >= 1 && level <= MW_CACHE_LEVELS && t->overridden[level]) {
        *info = t->cache[level];
        return true;
    }
    *info = (mw_cache_info){MW_UNKNOWN, mw_line_bytes(), MW_UNKNOWN};
    return level == 1;
}

bool mw_topology_cache_of(const mw_topology *t, int cpu, int level, mw_cache_info *info)
{
    (void)cpu;
    return mw_topology_cache(t, level, info);
}

int mw_topology_caches(const mw_topology *t, int level)
{
    (void)t, (void)level;
    return 1;
}

void mw_topology_override_cache(mw_topology *t, int level, const mw_cache_info *info)
{
    t->cache[level] = *info;
    t->overridden[level] = true;
}

bool mw_topology_write_xml(const mw_topology *t, const char *path)
{
    (void)t;
    (void)path;
    return false;
}
