/* The latency ladder: one load after the other around a random cycle. */
#include "bench/micro/chase.h"
#include "bench/micro/micro_parts.h"
#include "platform/os.h"

#include <errno.h>

/* Loads in one iteration. */
enum { STEPS = 4096 };

/* The cycle is made when it is first needed. Each size has a block of its own: repetitions come in random order, and a
 * cycle costs more than a repetition. */
static bool prepare(mw_gb_state *state, mw_micro_task *t)
{
    if (t->chased)
        return true;
    t->chased = t->huge ? mw_pages_alloc_huge(t->bytes) : mw_pages_alloc(t->bytes);
    if (!t->chased) {
        mw_gb_skip(state, t->huge && errno == ENOTSUP ? "this system has no request for huge pages"
                                                      : "no memory for the block");
        return false;
    }
    mw_chase_build(t->chased, t->bytes, t->stride, t->micro->session->options->seed);
    mw_micro_huge_note(t->note, t->chased, t->bytes, t->huge);
    t->slot = t->chased;
    return true;
}

static void run(mw_gb_state *state, mw_micro_task *t)
{
    if (!prepare(state, t))
        return;
    /* What fits into a cache is to be there: whole blocks are read in order, which is faster than to go around. */
    if (t->stride > MW_CHASE_LINE)
        t->slot = mw_chase_run(t->slot, t->bytes / t->stride);
    else if (t->bytes <= t->micro->llc)
        t->sum ^= mw_read(0, t->chased, t->bytes);
    while (mw_gb_running(state))
        t->slot = mw_chase_run(t->slot, STEPS);
    mw_gb_counter(state, "loads/s", STEPS, MW_GB_RATE_OF_EACH);
}

static void record(const mw_micro_task *t, const mw_micro_runs *runs)
{
    char param[96];
    snprintf(param, sizeof param, "bytes=%zu;pages=%s;step=%s", t->bytes, mw_micro_pages(t->huge),
             t->stride == MW_CHASE_LINE ? "line" : "page");
    mw_micro_record(t, runs, "latency_ns", "ns", NULL, 1e9 / STEPS, t->note, param);
}

static int add(mw_micro *m, size_t bytes, bool page, bool huge, mw_error *err)
{
    char size[MW_MICRO_SIZE];
    int rc;
    const char *step = page ? "page" : "line", *pages = mw_micro_pages(huge);
    mw_micro_task *t = mw_micro_add(m, &rc, err, "latency/%s/%s/%s", step, pages, mw_micro_size(bytes, size));
    if (!t)
        return rc;
    t->run = run;
    t->record = record;
    t->bytes = bytes;
    t->huge = huge;
    t->stride = page ? m->page : MW_CHASE_LINE;
    t->kernel_name = "chase";
    t->isa = "c";
    return 0;
}

int mw_micro_add_latency(mw_micro *m, mw_error *err)
{
    int rc = 0;
    for (size_t bytes = m->least; bytes <= m->largest; bytes *= 2)
        for (int kind = 0; kind < 4 && !rc; kind++)
            if (kind < 2 || bytes >= 2 * m->page) /* a cycle of pages has at least two */
                rc = add(m, bytes, kind / 2, kind % 2, err);
    return rc;
}
