/* Rules of suite `why` about threads, cores, NUMA nodes and memory. */
#include "bench/why/findings_parts.h"
#include "platform/nodes.h"

#include <math.h>
#include <string.h>

/* The largest thread count of this variant. */
static int most_threads(const mw_why_case *c)
{
    const mw_filter f = {.suite = "why", .metric = "tokens_per_s", .variant = c->row.variant, .known = true};
    int most = 0;
    for (mw_row r = {0}; mw_rows_next(c->results, &f, &r);)
        most = r.threads > most ? r.threads : most;
    return most;
}

static bool knee(const mw_why_case *c, mw_why_finding *f)
{
    const int most = most_threads(c);
    const double all = mw_why_value(c, "tokens_per_s", most);
    WHAT("%d thread%s faster than %d, by %.0f %%.", c->row.threads, c->row.threads == 1 ? " is" : "s are", most,
         100 * (c->row.value / all - 1));
    EVIDENCE("%.1f and %.1f tokens/s.", c->row.value, all);
    ADVICE("Use --threads=%d.", c->row.threads);
    f->size = 1 - all / c->row.value;
    return most > c->row.threads && f->size > 0.03;
}

static bool wall(const mw_why_case *c, mw_why_finding *f)
{
    f->size = c->ceiling_share;
    WHAT("Memory is the limit: reading the weights takes %.0f %% of the time of a token.", 100 * f->size);
    EVIDENCE("%.4g MB per token at %.3g GB/s, the fastest read of this memory.", c->token_mb,
             c->machine_gbs > 0 ? c->machine_gbs : c->roof_gbs);
    ADVICE("Only fewer bytes help: a smaller dtype, a smaller model, or several tokens per sweep.");
    return f->size > 0.8;
}

/* The node that holds the largest part of the weights; *part: how large. */
static int fullest_node(const mw_why_case *c, double *part)
{
    int fullest = 0;
    *part = 0;
    for (int node = 0; node < MW_MOST_NODES; node++) {
        char name[32];
        snprintf(name, sizeof name, "weights_on_node%d", node);
        const double here = mw_why_fact(c, name);
        if (here > *part) {
            *part = here;
            fullest = node;
        }
    }
    return fullest;
}

/* Means of a metric over pairs of NUMA nodes: threads and weights on the same one, and on two. Pairs are measured with
 * one variant of each kernel. */
static void node_rates(const mw_why_case *c, const char *metric, double *near, double *far)
{
    const mw_filter f = {.suite = "why", .metric = metric, .kernel = c->row.kernel, .known = true};
    double sum[2] = {0}, n[2] = {0};
    for (mw_row r = {0}; mw_rows_next(c->results, &f, &r);) {
        const double threads = mw_param_number(r.param, "threads_on"), weights = mw_param_number(r.param, "weights_on");
        if (strcmp(r.dtype, c->row.dtype) == 0 && isfinite(threads) && isfinite(weights)) {
            sum[threads != weights] += r.value;
            n[threads != weights]++;
        }
    }
    *near = sum[0] / n[0];
    *far = sum[1] / n[1];
}

/* What remote reads cost, as a share; 0 where they are no finding, or where far_weights says the rest. */
static double remote_cost(const mw_why_case *c)
{
    const double remote = mw_why_fact(c, "reads_far");
    double part, near, far;
    if (c->row.threads <= 1 || !(remote > 0.1) || mw_why_fact(c, "weights_far") > 0.1)
        return 0;
    fullest_node(c, &part);
    node_rates(c, "on_cpus_roof_gbs", &near, &far);
    /* With all weights on one node the memory of the others is idle, however fast it reads from there. */
    return remote * (part > 0.9 ? 1 : isfinite(far / near) ? fmax(1 - far / near, 0) : 0.1);
}

static bool remote_reads(const mw_why_case *c, mw_why_finding *f)
{
    const double remote = mw_why_fact(c, "reads_far");
    double part, near, far;
    const int node = fullest_node(c, &part);
    node_rates(c, "on_cpus_roof_gbs", &near, &far);
    WHAT("%.0f %% of what the threads read is on another NUMA node than their own.", 100 * remote);
    EVIDENCE("Threads run on several nodes; node %d holds %.0f %% of the weights.", node, 100 * part);
    if (isfinite(far / near))
        snprintf(f->evidence + strlen(f->evidence), sizeof f->evidence - strlen(f->evidence),
                 " Another node is read at %.0f %% of the rate of one's own.", 100 * far / near);
    if (part > 0.9)
        ADVICE(
            "Use --load=heap with --placement=replicated, or interleaved if memory does not hold one copy per node.");
    else
        ADVICE("Use --load=heap with --placement=replicated if memory holds one copy per node.");
    f->size = remote_cost(c);
    return f->size > 0;
}

static bool far_node(const mw_why_case *c, mw_why_finding *f)
{
    double near, far, near_rate, far_rate;
    node_rates(c, "on_cpus_roof_gbs", &near, &far);
    node_rates(c, "on_cpus_tokens_per_s", &near_rate, &far_rate);
    WHAT("Weights on another NUMA node are read at %.0f %% of the rate of local ones.", 100 * far / near);
    EVIDENCE("%.3g and %.3g GB/s; %.3g and %.3g tokens/s by the threads of one node.", far, near, far_rate, near_rate);
    ADVICE("Keep threads and weights together: --placement=replicated with --load=heap, or --cpus of one node.");
    f->size = (1 - far / near) / 10;
    return far < 0.95 * near && !(remote_cost(c) > 0); /* remote_reads says it as well */
}

/* The fastest row of one class of cores, the row of all classes on the most threads, and the row of another class that
 * is slower than the fastest one on as many threads. A row that is not there has no threads. */
static void class_rows(const mw_why_case *c, mw_row *best, mw_row *all, mw_row *slow)
{
    const mw_filter f = {.suite = "why", .metric = "on_cpus_tokens_per_s", .variant = c->row.variant, .known = true};
    *best = *all = *slow = (mw_row){.value = 0};
    for (mw_row r = {0}; mw_rows_next(c->results, &f, &r);) {
        if (mw_param_has(r.param, "cores=all"))
            *all = r.threads > all->threads ? r : *all;
        else if (isfinite(mw_param_number(r.param, "cores")) && r.value > best->value)
            *best = r;
    }
    for (mw_row r = {0}; best->threads && mw_rows_next(c->results, &f, &r);) {
        mw_filter same = f;
        same.param = best->param;
        same.threads = r.threads;
        if (isfinite(mw_param_number(r.param, "cores")) && r.value < 0.95 * mw_rows_value(c->results, &same))
            *slow = r;
    }
}

/* Threads get equal shares of a matrix, so all wait for the slowest core. */
static bool slow_cores(const mw_why_case *c, mw_why_finding *f)
{
    mw_row best, all, slow;
    class_rows(c, &best, &all, &slow);
    const double class = mw_param_number(best.param, "cores");
    if (!best.threads || !all.threads || !slow.threads)
        return false;
    WHAT("The slow cores cost %.0f %%: those of class %.0f alone are faster than all together.",
         100 * (1 - all.value / best.value), class);
    EVIDENCE("%d thread%s of class %.0f: %.1f tokens/s; %d on all: %.1f. Threads get equal shares of a matrix.",
             best.threads, best.threads == 1 ? "" : "s", class, best.value, all.threads, all.value);
    ADVICE("Use --cpus with CPUs of class %.0f (core_classes in machine.json) and --threads=%d.", class, best.threads);
    f->size = 1 - all.value / best.value;
    return f->size > 0.03;
}

static bool cpu_mask(const mw_why_case *c, mw_why_finding *f)
{
    const double online = mw_why_fact(c, "cpus_online"), allowed = mw_why_fact(c, "cpus_allowed");
    const double quota = mw_why_fact(c, "cpu_quota"), cpus = quota < allowed ? quota : allowed;
    WHAT("This process may use %.2g of %.0f CPUs.", cpus, online);
    EVIDENCE("%s", quota < allowed ? "The control group has a quota." : "The CPU mask excludes the others.");
    ADVICE("If that is not intended, give the container or the job more CPUs.");
    f->size = (1 - cpus / online) / 10;
    return cpus < online && c->row.threads <= cpus;
}

const mw_why_rule mw_why_machine_rules[] = {
    {"cpu_mask", cpu_mask},
    {"remote_reads", remote_reads},
    {"far_node", far_node},
    {"slow_cores", slow_cores},
    {"knee", knee},
    {"wall", wall},
    {0},
};
