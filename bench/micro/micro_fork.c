/* What every matrix of a token pays next to its sweep: to start a function on all threads and to wait for them. */
#include "bench/micro/micro_parts.h"

/* In one iteration. */
enum { RUNS = 64 };

static void empty(void *arg, int index, int threads)
{
    (void)arg;
    (void)index;
    (void)threads;
}

static void run(mw_gb_state *state, mw_micro_task *t)
{
    while (mw_gb_running(state))
        for (int i = 0; i < RUNS; i++)
            mw_pool_run(t->pool, empty, NULL);
}

static void record(const mw_micro_task *t, const mw_micro_runs *runs)
{
    mw_micro_record(t, runs, "fork_join_us", "us", NULL, 1e6 / RUNS, "", NULL);
}

int mw_micro_add_fork(mw_micro *m, mw_error *err)
{
    int rc = 0;
    for (int i = 0; i < m->n_pools && !rc; i++) {
        const int threads = mw_pool_threads(m->pools[i]);
        mw_micro_task *t = mw_micro_add(m, &rc, err, "fork/threads:%d", threads);
        if (!t)
            return rc;
        t->run = run;
        t->record = record;
        t->pool = m->pools[i];
        t->kernel_name = "fork";
        t->isa = "c";
        t->threads = threads;
    }
    return rc;
}
