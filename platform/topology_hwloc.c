/* Topology from hwloc. */
#include "platform/os.h"
#include "platform/topology.h"

#include <errno.h>
#include <hwloc.h>
#include <stdio.h>
#include <stdlib.h>

struct mw_topology {
    hwloc_topology_t hwloc;
    char source[32];
    int cpus[MW_MAX_CPUS], n;
    bool overridden[MW_CACHE_LEVELS + 1]; /* by level */
    mw_cache_info cache[MW_CACHE_LEVELS + 1];
};

/* Usable CPUs in the order of topology.h: the k-th hardware thread of every core, then the next k. */
static void list_cpus(mw_topology *t, hwloc_const_cpuset_t usable)
{
    int cores = hwloc_get_nbobjs_by_type(t->hwloc, HWLOC_OBJ_CORE);
    for (unsigned k = 0;; k++) {
        bool any = false;
        for (int c = 0; c < cores; c++) {
            hwloc_obj_t core = hwloc_get_obj_by_type(t->hwloc, HWLOC_OBJ_CORE, (unsigned)c);
            hwloc_obj_t pu = hwloc_get_obj_inside_cpuset_by_type(t->hwloc, core->cpuset, HWLOC_OBJ_PU, k);
            any |= pu != NULL;
            if (pu && hwloc_bitmap_isset(usable, pu->os_index) && t->n < MW_MAX_CPUS)
                t->cpus[t->n++] = (int)pu->os_index;
        }
        if (!any)
            break;
    }
    if (t->n == 0) { /* no cores known: any order */
        unsigned cpu;
        hwloc_bitmap_foreach_begin(cpu, usable) if (t->n < MW_MAX_CPUS) t->cpus[t->n++] = (int)cpu;
        hwloc_bitmap_foreach_end();
    }
}

int mw_topology_open(mw_topology **out, mw_error *err)
{
    mw_topology *t = *out = calloc(1, sizeof *t);
    if (!t)
        return mw_fail(err, -ENOMEM, "out of memory for the topology");
    if (hwloc_topology_init(&t->hwloc)) {
        mw_topology_close(t);
        *out = NULL;
        return mw_fail(err, -ENOMEM, "hwloc cannot start; build with -Dhwloc=disabled to do without it");
    }
    if (hwloc_topology_load(t->hwloc)) {
        mw_topology_close(t);
        *out = NULL;
        return mw_fail(err, -EIO, "hwloc cannot read this machine's topology; build with -Dhwloc=disabled");
    }
    unsigned version = hwloc_get_api_version();
    snprintf(t->source, sizeof t->source, "hwloc %u.%u.%u", version >> 16, version >> 8 & 0xff, version & 0xff);
    hwloc_bitmap_t usable = hwloc_bitmap_alloc();
    /* The binding this process was started with (taskset, cpuset) limits it. */
    if (usable && (hwloc_get_cpubind(t->hwloc, usable, HWLOC_CPUBIND_PROCESS) || hwloc_bitmap_iszero(usable)))
        hwloc_bitmap_copy(usable, hwloc_topology_get_allowed_cpuset(t->hwloc));
    if (usable)
        list_cpus(t, usable);
    hwloc_bitmap_free(usable);
    if (t->n == 0)
        t->cpus[t->n++] = 0;
    return 0;
}

void mw_topology_close(mw_topology *t)
{
    if (t && t->hwloc)
        hwloc_topology_destroy(t->hwloc);
    free(t);
}

const char *mw_topology_source(const mw_topology *t)
{
    return t->source;
}

int mw_topology_cpus(const mw_topology *t, int cpus[MW_MAX_CPUS])
{
    for (int i = 0; i < t->n; i++)
        cpus[i] = t->cpus[i];
    return t->n;
}

int mw_topology_cores(const mw_topology *t, const int *cpus, int n)
{
    hwloc_bitmap_t seen = hwloc_bitmap_alloc();
    int cores = 0;
    for (int i = 0; i < n; i++) {
        hwloc_obj_t pu = hwloc_get_pu_obj_by_os_index(t->hwloc, (unsigned)cpus[i]);
        hwloc_obj_t core = pu ? hwloc_get_ancestor_obj_by_type(t->hwloc, HWLOC_OBJ_CORE, pu) : NULL;
        if (!seen || !core || !hwloc_bitmap_isset(seen, core->logical_index))
            cores++;
        if (seen && core)
            hwloc_bitmap_set(seen, core->logical_index);
    }
    hwloc_bitmap_free(seen);
    return cores;
}

static bool bind_to(const mw_topology *t, const int *cpus, int n)
{
    hwloc_bitmap_t set = hwloc_bitmap_alloc();
    for (int i = 0; set && i < n; i++)
        hwloc_bitmap_set(set, (unsigned)cpus[i]);
    bool done = set && hwloc_set_cpubind(t->hwloc, set, HWLOC_CPUBIND_THREAD) == 0;
    hwloc_bitmap_free(set);
    return done;
}

bool mw_topology_bind(const mw_topology *t, int cpu)
{
    return bind_to(t, &cpu, 1);
}

void mw_topology_unbind(const mw_topology *t)
{
    bind_to(t, t->cpus, t->n);
}

/* The NUMA nodes of cpus[n], to be freed; NULL without memory. */
static hwloc_nodeset_t nodes_of(const mw_topology *t, const int *cpus, int n)
{
    hwloc_cpuset_t set = hwloc_bitmap_alloc();
    hwloc_nodeset_t nodes = hwloc_bitmap_alloc();
    for (int i = 0; set && i < n; i++)
        hwloc_bitmap_set(set, (unsigned)cpus[i]);
    if (!set || !nodes || hwloc_cpuset_to_nodeset(t->hwloc, set, nodes)) {
        hwloc_bitmap_free(nodes);
        nodes = NULL;
    }
    hwloc_bitmap_free(set);
    return nodes;
}

int mw_topology_nodes(const mw_topology *t)
{
    hwloc_nodeset_t nodes = nodes_of(t, t->cpus, t->n);
    int n = nodes ? hwloc_bitmap_weight(nodes) : 0;
    hwloc_bitmap_free(nodes);
    return n > 0 ? n : 1;
}

int mw_topology_node(const mw_topology *t, int cpu)
{
    hwloc_nodeset_t nodes = nodes_of(t, &cpu, 1);
    const int node = nodes ? hwloc_bitmap_first(nodes) : MW_UNKNOWN;
    hwloc_bitmap_free(nodes);
    return node >= 0 ? node : MW_UNKNOWN;
}

#if HWLOC_API_VERSION >= 0x00020400
int mw_topology_core_classes(const mw_topology *t)
{
    const int n = hwloc_cpukinds_get_nr(t->hwloc, 0);
    return n > 0 ? n : 1;
}

int mw_topology_core_class(const mw_topology *t, int cpu)
{
    hwloc_cpuset_t set = hwloc_bitmap_alloc();
    if (set)
        hwloc_bitmap_set(set, (unsigned)cpu);
    const int class = set ? hwloc_cpukinds_get_by_cpuset(t->hwloc, set, 0) : 0;
    hwloc_bitmap_free(set);
    return class > 0 ? class : 0;
}
#else
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
#endif

bool mw_topology_bind_memory(const mw_topology *t, const int *cpus, int n)
{
    if (hwloc_get_nbobjs_by_type(t->hwloc, HWLOC_OBJ_NUMANODE) <= 1)
        return false;
    hwloc_nodeset_t nodes = nodes_of(t, cpus, n);
    bool one = nodes && hwloc_bitmap_weight(nodes) == 1;
    /* Neither of the flags PROCESS and THREAD: Linux sets a policy for a thread only, other systems for a process. */
    bool done = nodes && hwloc_set_membind(t->hwloc, nodes, one ? HWLOC_MEMBIND_BIND : HWLOC_MEMBIND_INTERLEAVE,
                                           HWLOC_MEMBIND_BYNODESET) == 0;
    hwloc_bitmap_free(nodes);
    return done;
}

bool mw_topology_cache(const mw_topology *t, int level, mw_cache_info *info)
{
    return mw_topology_cache_of(t, t->cpus[0], level, info);
}

bool mw_topology_cache_of(const mw_topology *t, int cpu, int level, mw_cache_info *info)
{
    if (level >= 1 && level <= MW_CACHE_LEVELS && t->overridden[level]) {
        *info = t->cache[level];
        return true;
    }
    hwloc_obj_t pu = hwloc_get_pu_obj_by_os_index(t->hwloc, (unsigned)cpu);
    for (hwloc_obj_t o = pu; o; o = o->parent) {
        if (!hwloc_obj_type_is_dcache(o->type) || (int)o->attr->cache.depth != level)
            continue;
        const struct hwloc_cache_attr_s *c = &o->attr->cache;
        *info = (mw_cache_info){c->size ? (int64_t)c->size : MW_UNKNOWN,
                                c->linesize ? (int64_t)c->linesize : mw_line_bytes(),
                                c->associativity > 0 ? c->associativity : MW_UNKNOWN};
        return true;
    }
    *info = (mw_cache_info){MW_UNKNOWN, mw_line_bytes(), MW_UNKNOWN};
    return false;
}

int mw_topology_caches(const mw_topology *t, int level)
{
    int n = 0;
    for (int type = HWLOC_OBJ_L1CACHE; type <= HWLOC_OBJ_L5CACHE; type++)
        for (hwloc_obj_t o = NULL; (o = hwloc_get_next_obj_by_type(t->hwloc, (hwloc_obj_type_t)type, o)) != NULL;)
            n += (int)o->attr->cache.depth == level;
    return n > 0 ? n : 1;
}

void mw_topology_override_cache(mw_topology *t, int level, const mw_cache_info *info)
{
    t->cache[level] = *info;
    t->overridden[level] = true;
}

bool mw_topology_write_xml(const mw_topology *t, const char *path)
{
    return hwloc_topology_export_xml(t->hwloc, path, 0) == 0;
}
