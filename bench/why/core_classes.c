#include "bench/run/plan.h"
#include "bench/why/on_cpus.h"
#include "bench/why/why.h"

#include <errno.h>
#include <stdlib.h>

/* Classes that are told apart, and all of them together. */
enum { MOST_CLASSES = 4, ALL = -1, MOST = (MOST_CLASSES + 1) * (MW_MAX_THREAD_COUNTS + 1) };

static void name_class(int kind, char to[32])
{
    if (kind == ALL)
        snprintf(to, 32, "cores=all");
    else
        snprintf(to, 32, "cores=%d", kind);
}

/* Every class on the thread counts that it has CPUs for, and on all of them; returns how many. */
static int list_classes(const mw_session *s, int classes, mw_on_cpus list[MOST])
{
    int counts[MW_MAX_THREAD_COUNTS], n_counts = mw_plan_threads(s, counts), n = 0;
    for (int kind = ALL; kind < classes; kind++) {
        mw_on_cpus on = {.node = MW_UNKNOWN};
        name_class(kind, on.param);
        for (int i = 0; i < s->n_cpus; i++)
            if (kind == ALL || mw_topology_core_class(s->topology, s->cpus[i]) == kind)
                on.cpus[on.n_cpus++] = s->cpus[i];
        bool whole = on.n_cpus == 0 || kind == ALL; /* a class without usable CPUs has no row */
        for (int k = 0; k < n_counts; k++)
            if (counts[k] <= on.n_cpus) {
                on.threads = counts[k];
                whole |= counts[k] == on.n_cpus;
                list[n++] = on;
            }
        on.threads = on.n_cpus;
        if (!whole)
            list[n++] = on;
    }
    return n;
}

static void record_knees(mw_session *s, const mw_variant *v, int classes)
{
    for (int kind = ALL; kind < classes; kind++) {
        char param[32];
        name_class(kind, param);
        mw_record_knee(s, v, "on_cpus_tokens_per_s", param);
    }
}

int mw_core_classes_measure(mw_units *units, mw_error *err)
{
    mw_session *s = units->session;
    const int all = mw_topology_core_classes(s->topology), classes = all < MOST_CLASSES ? all : MOST_CLASSES;
    if (classes < 2)
        return 0;
    mw_on_cpus *list = calloc(MOST, sizeof *list);
    int rc = list ? 0 : mw_fail(err, -ENOMEM, "no memory for classes of cores");
    const int n = list ? list_classes(s, classes, list) : 0;
    for (int i = 0; i < units->n_units && !rc && n > 0; i++) { /* units of one variant follow each other */
        const mw_unit *u = &units->units[i];
        if (u->unavailable || (i + 1 < units->n_units && u[1].variant == u->variant))
            continue;
        rc = mw_on_cpus_measure(units, u, u->runner.weights, list, n, err);
        if (!rc)
            record_knees(s, u->variant, classes);
    }
    free(list);
    return rc;
}
