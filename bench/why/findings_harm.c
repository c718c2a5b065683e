/* Rules of suite `why` about the run itself. */
#include "bench/why/findings_parts.h"

#include <math.h>

static bool emulated(const mw_why_case *c, mw_why_finding *f)
{
    WHAT("The CPU is emulated: no time here says anything about a real one.");
    ADVICE("Run it on real hardware.");
    f->size = 1;
    return mw_why_fact(c, "emulated") > 0;
}

static bool too_many_threads(const mw_why_case *c, mw_why_finding *f)
{
    const double allowed = mw_why_fact(c, "cpus_allowed"), quota = mw_why_fact(c, "cpu_quota");
    const double cpus = quota < allowed ? quota : allowed;
    const char *who = quota < allowed ? "the control group's quota" : "the CPU mask";
    WHAT("%d threads share %.2g CPU%s.", c->row.threads, cpus, cpus == 1 ? "" : "s");
    EVIDENCE("This process may use %.2g of %.0f CPUs, by %s.", cpus, mw_why_fact(c, "cpus_online"), who);
    ADVICE("Use --threads=%.0f, or allow it more CPUs.", cpus < 1 ? 1 : floor(cpus));
    f->size = 1 - cpus / c->row.threads;
    return c->row.threads > cpus;
}

static bool cold_file(const mw_why_case *c, mw_why_finding *f)
{
    const double there = mw_why_fact(c, "file_resident");
    WHAT("Only %.0f %% of the model file was in memory.", 100 * there);
    EVIDENCE("The rest was read from the disk before the first token.");
    ADVICE("Run it again: only the first token was affected. If it happens again, free some memory.");
    f->size = 1 - there;
    return there < 0.75;
}

static bool read_from_disk(const mw_why_case *c, mw_why_finding *f)
{
    WHAT("Pages were read from the disk while tokens were decoded.");
    EVIDENCE("%.0f major page faults; tasks waited for memory %.0f %% of the time.", mw_why_fact(c, "major_faults"),
             100 * mw_why_fact(c, "memory_pressure"));
    ADVICE("The model does not fit into memory: free some memory, or use a smaller dtype.");
    f->size = c->lost_share[MW_LOST_FAULTS];
    return mw_why_fact(c, "major_faults") >= 1 && f->size > 0.01;
}

static bool busy(const mw_why_case *c, mw_why_finding *f)
{
    const double pressure = mw_why_fact(c, "cpu_pressure");
    WHAT("Other programs run on these CPUs.");
    EVIDENCE("Tasks waited for a CPU %.0f %% of the time.", 100 * pressure);
    ADVICE("Stop them and run it again: all numbers here include their effect.");
    f->size = pressure;
    return pressure > 0.25 && c->row.threads <= mw_why_fact(c, "cpus_allowed") &&
           !(c->row.threads > mw_why_fact(c, "cpu_quota"));
}

static bool stolen_by_host(const mw_why_case *c, mw_why_finding *f)
{
    f->size = mw_why_fact(c, "steal") / c->row.threads;
    WHAT("The hypervisor gives these CPUs to other virtual machines.");
    EVIDENCE("It took %.2g CPUs on average.", mw_why_fact(c, "steal"));
    ADVICE("Use a dedicated machine, or trust shares of the roof only.");
    return f->size > 0.03;
}

static bool far_weights(const mw_why_case *c, mw_why_finding *f)
{
    f->size = mw_why_fact(c, "weights_far");
    WHAT("%.0f %% of the weights are on NUMA nodes on which no thread runs.", 100 * f->size);
    EVIDENCE("The CPUs that this process may use belong to %.0f node%s.", mw_why_fact(c, "numa_nodes"),
             mw_why_fact(c, "numa_nodes") == 1 ? "" : "s");
    ADVICE("Drop the file from the page cache and let these threads load it, or use --load=heap, or that node's CPUs.");
    return f->size > 0.1;
}

const mw_why_rule mw_why_harm_rules[] = {
    {"emulated", emulated},
    {"too_many_threads", too_many_threads},
    {"cold_file", cold_file},
    {"read_from_disk", read_from_disk},
    {"busy", busy},
    {"steal", stolen_by_host},
    {"far_weights", far_weights},
    {0},
};
