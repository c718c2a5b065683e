#include "bench/run/plan.h"
#include "bench/why/on_cpus.h"

#include <errno.h>
#include <stdlib.h>

/* Pairs of more nodes than these would take longer than the rest of the suite. */
enum { MOST_PAIRED = 4 };

/* One pair of each thread's node and each copy's; returns how many. */
static int list_pairs(const mw_session *s, const mw_weights *w, mw_on_cpus pairs[MOST_PAIRED * MOST_PAIRED])
{
    int n = 0;
    const int nodes = w->n_copies < MOST_PAIRED ? w->n_copies : MOST_PAIRED;
    for (int from = 0; from < nodes; from++) {
        mw_on_cpus on = {.n_cpus = 0};
        for (int i = 0; i < s->n_cpus; i++)
            if (mw_topology_node(s->topology, s->cpus[i]) == w->copy_node[from])
                on.cpus[on.n_cpus++] = s->cpus[i];
        on.threads = on.n_cpus < s->max_threads ? on.n_cpus : s->max_threads;
        for (int to = 0; to < nodes && on.n_cpus > 0; to++) {
            on.node = w->copy_node[to];
            snprintf(on.param, sizeof on.param, "threads_on=%d;weights_on=%d", w->copy_node[from], on.node);
            pairs[n++] = on;
        }
    }
    return n;
}

/* Copies of a variant's weights on all nodes, in memory of our own whatever the variant's load. */
static int load_copies(const mw_unit *u, mw_weights **w, mw_error *err)
{
    mw_source source = mw_runner_source(u->runner.model, u->variant);
    source.placement = MW_PLACE_REPLICATED;
    const double bytes = (double)mw_weights_bytes(source, u->variant->layout, MW_LOAD_HEAP);
    *w = NULL;
    const int rc = mw_plan_memory("a copy of the weights on each NUMA node needs", bytes, 1, err);
    return rc ? rc : mw_weights_open(source, u->variant->layout, MW_LOAD_HEAP, w, err);
}

static int measure_unit(mw_units *units, const mw_unit *u, mw_error *err)
{
    mw_on_cpus *pairs = calloc(MOST_PAIRED * MOST_PAIRED, sizeof *pairs);
    mw_weights *w = NULL;
    mw_error why;
    int rc = pairs ? 0 : mw_fail(err, -ENOMEM, "no memory for pairs of NUMA nodes");
    mw_progress_say(&units->session->progress, "copying the weights to all NUMA nodes");
    if (!rc && load_copies(u, &w, &why))
        mw_session_warn(units->session, "pairs of NUMA nodes were not measured: %s", why.text);
    const int n = w ? list_pairs(units->session, w, pairs) : 0;
    if (!rc && n > 1)
        rc = mw_on_cpus_measure(units, u, w, pairs, n, err);
    mw_weights_close(w);
    free(pairs);
    return rc;
}

/* Whether an earlier unit has the kernel of unit `i`: its copies would be the same. */
static bool measured(const mw_units *units, int i)
{
    for (int k = 0; k < i; k++)
        if (!units->units[k].unavailable && units->units[k].variant->gemv == units->units[i].variant->gemv)
            return true;
    return false;
}

int mw_node_pairs_measure(mw_units *units, mw_error *err)
{
    int nodes[MW_MOST_NODES], rc = 0;
    if (mw_topology_nodes(units->session->topology) < 2 || mw_nodes_of_new_pages(nodes) < 2)
        return 0;
    for (int i = 0; i < units->n_units && !rc; i++)
        if (!units->units[i].unavailable && !measured(units, i))
            rc = measure_unit(units, &units->units[i], err);
    return rc;
}
