/* Facts about the system that findings of suite `why` need. */
#include "bench/why/why.h"
#include "platform/nodes.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

/* About a variant, or (NULL) the system. */
static void record_of(mw_session *s, const mw_variant *v, const char *name, double value, const char *note)
{
    char param[64];
    snprintf(param, sizeof param, "fact=%s", name);
    if (isfinite(value))
        mw_session_record(s, v, 0, &(mw_result){"fact", "1", value, 1, .param = param, .note = note});
}

static void record(mw_session *s, const char *name, double value, const char *note)
{
    record_of(s, NULL, name, value, note);
}

/* The part of a model's file that is in memory; NAN if the system does not tell. */
static double resident_share(const mw_file *file)
{
    const void *map;
    mw_error err;
    if (file->bytes == 0 || mw_file_map(file, MW_MAP_PLAIN, &map, &err))
        return NAN;
    const int64_t resident = mw_file_resident(map, (size_t)file->bytes);
    mw_file_unmap(map, file->bytes);
    const double share = (double)resident / (double)file->bytes; /* whole pages: may be a little above 1 */
    return resident == MW_UNKNOWN ? NAN : share > 1 ? 1 : share;
}

void mw_why_facts_before(mw_units *units)
{
    mw_session *s = units->session;
    const double quota = mw_cpu_quota();
    record(s, "cpus_online", (double)sysconf(_SC_NPROCESSORS_ONLN), "CPUs of the machine");
    record(s, "cpus_allowed", s->n_cpus, "CPUs that this process may use"); /* this thread is bound to one by now */
    record(s, "cpu_quota", quota > 0 ? quota : NAN, "CPUs that the control group allows");
    record(s, "numa_nodes", mw_topology_nodes(s->topology), NULL);
    record(s, "emulated", mw_emulator() != NULL, NULL);
    if (units->n_units > 0 && s->rep <= 1) /* later processes find what the first one has read */
        record(s, "file_resident", resident_share(&units->units[0].runner.model->file), "before it was loaded");
}

mw_why_state mw_why_state_now(void)
{
    return (mw_why_state){mw_clock_ns(), mw_disturbance_now(), mw_faults_now()};
}

/* Where the weights of a unit lie, and how far from the threads that read them. */
static void record_nodes(mw_session *s, const mw_unit *u)
{
    const mw_weights *w = u->runner.weights;
    size_t pages[MW_MOST_NODES] = {0}, all = 0, far = 0;
    bool used[MW_MOST_NODES] = {false};
    for (int i = 0; i < w->n_copies; i++)
        all += mw_pages_by_node(w->copy[i], (size_t)w->region_bytes, pages);
    for (int t = 0; t < u->threads; t++) {
        const int node = mw_pool_node(u->pool, t);
        if (node >= 0 && node < MW_MOST_NODES)
            used[node] = true;
        else
            all = 0; /* nobody knows which nodes are used */
    }
    for (int i = 0; i < MW_MOST_NODES && all > 0; i++) {
        char name[32];
        far += used[i] ? 0 : pages[i];
        snprintf(name, sizeof name, "weights_on_node%d", i);
        if (pages[i] > 0)
            record_of(s, u->variant, name, (double)pages[i] / (double)all, "part of the weights, all copies");
    }
    record_of(s, u->variant, "weights_far", all > 0 ? (double)far / (double)all : NAN, "on nodes without a thread");
    record_of(s, u->variant, "reads_far", mw_roof_far(u->roof), "part of what threads read, not on their own node");
}

/* The part of the time for which `us` grew. */
static double share(int64_t before, int64_t after, double ns)
{
    return before == MW_UNKNOWN || after == MW_UNKNOWN ? NAN : (double)(after - before) * 1e3 / ns;
}

void mw_why_facts_after(mw_units *units, const mw_why_state *start)
{
    const mw_why_state end = mw_why_state_now();
    const double ns = (double)(end.ns - start->ns);
    mw_session *s = units->session;
    record(s, "cpu_pressure", share(start->machine.cpu_pressure_us, end.machine.cpu_pressure_us, ns),
           "part of the time in which something waited for a CPU");
    record(s, "steal", share(start->machine.steal_us, end.machine.steal_us, ns), "CPUs that the hypervisor took");
    record(s, "memory_pressure", share(start->machine.memory_pressure_us, end.machine.memory_pressure_us, ns),
           "part of the time in which something waited for memory");
    for (int i = 0; i < units->n_units; i++) { /* units of one variant follow each other, most threads last */
        const mw_unit *u = &units->units[i];
        if (!u->unavailable && (i + 1 == units->n_units || u[1].variant != u->variant))
            record_nodes(s, u);
    }
    if (start->faults.major != MW_UNKNOWN)
        record(s, "major_faults", (double)(end.faults.major - start->faults.major), "pages read from a disk");
}
