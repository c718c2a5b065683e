/* Benchmarks, from their place in the list to their rows, and the memory that they share. */
#include "bench/micro/chase.h"
#include "bench/micro/micro.h"

#include "layouts/layout.h"
#include "platform/os.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* --- tasks and rows --- */

static void run_task(mw_gb_state *state, void *arg)
{
    mw_micro_task *t = arg;
    if (!mw_gb_displays()) /* its lines and ours would run into each other */
        mw_progress_say(&t->micro->session->progress, "measuring %s", t->name);
    t->kind->run(state, t);
}

void mw_micro_add(mw_micro *m, const mw_micro_task *task, const char *format, ...)
{
    mw_micro_task *t = malloc(sizeof *t);
    if (!t) {
        m->out_of_memory = true;
        return;
    }
    va_list args;
    va_start(args, format);
    *t = *task;
    vsnprintf(t->name, sizeof t->name, format, args);
    va_end(args);
    t->micro = m;
    t->pool = t->pool ? t->pool : m->single;
    t->block = t->stride > 0 ? &t->own : t->block;
    t->gb = (mw_gb_benchmark){t->name, run_task, t, NULL};
    *m->last = &t->gb;
    m->last = &t->gb.next;
}

void mw_micro_forget(mw_micro *m)
{
    for (mw_gb_benchmark *b = m->tasks, *next; b; b = next) {
        mw_micro_task *t = b->arg;
        next = b->next;
        mw_pages_free(t->own.at, t->own.bytes);
        free(t);
    }
    m->tasks = NULL;
    m->last = &m->tasks;
}

/* The median over the runs. Its note says how far they are apart, "spread=0.12": (most - least) / median, and then what
 * there is to say of the block. Runs that were given up have no value, and the reason is the note. */
static void record(const mw_micro_task *t, const mw_micro_metric *metric, const mw_gb_run *runs, size_t n_runs)
{
    mw_session *s = t->micro->session;
    double *x = malloc(n_runs * sizeof *x);
    size_t n = 0;
    for (size_t i = 0; x && i < n_runs; i++) {
        x[n] = metric->scale * (metric->counter ? mw_gb_value(&runs[i], metric->counter) : runs[i].seconds);
        n += !runs[i].error && isfinite(x[n]);
    }
    mw_sort(x, n);
    const double median = n > 0 ? mw_percentile(x, n, 0.5) : NAN;
    const char *note = runs[0].error ? runs[0].error : t->block ? t->block->note : "";
    char spread[32] = "", text[256];
    if (n > 1)
        snprintf(spread, sizeof spread, "spread=%.3g%s", (x[n - 1] - x[0]) / median, *note ? "; " : "");
    snprintf(text, sizeof text, "%s%s", spread, note);
    const char *param = metric->moved ? t->moved : t->param;
    s->results.out_of_memory |= !x;
    mw_session_record(s, NULL, mw_pool_threads(t->pool),
                      &(mw_result){metric->name, metric->unit, median, n, .phase = t->name,
                                   .param = *param ? param : NULL, .note = *text ? text : NULL,
                                   .kernel = t->kernel ? mw_kernel_label(t->kernel) : t->kind->name,
                                   .layout = t->kernel ? mw_layout_of(t->kernel->layout)->name : NULL, .isa = t->isa,
                                   .dtype = t->kernel ? mw_dtypes[t->kernel->dtype].name : NULL});
    free(x);
}

void mw_micro_record(const mw_gb_benchmark *of, const mw_gb_run *runs, size_t n)
{
    const mw_micro_task *t = of->arg;
    for (const mw_micro_metric *metric = t->kind->metrics; metric->name; metric++)
        record(t, metric, runs, n);
}

/* --- memory --- */

mw_micro_block *mw_micro_want(mw_micro *m, bool huge, size_t bytes)
{
    mw_micro_block *b = &m->block[huge];
    if (b->bytes < bytes)
        b->bytes = (bytes + m->page - 1) / m->page * m->page;
    return b;
}

/* How much of a block is mapped by huge pages, where that is worth telling. */
static void tell_huge(mw_micro_block *b)
{
    const int64_t got = mw_memory_huge(b->at, b->bytes);
    if (b->huge && got == MW_UNKNOWN)
        snprintf(b->note, sizeof b->note, "whether huge pages were obtained is unknown");
    else if (b->huge ? got < (int64_t)b->bytes : got > 0)
        snprintf(b->note, sizeof b->note, "huge pages hold %lld of %zu KiB", (long long)got >> 10, b->bytes >> 10);
}

/* Any floats will do that keep loops and kernels from denormals and overflow: in (-1, -0.001) and (0.001, 1). One
 * page's worth of them again and again fills the rest. */
static void fill(float *to, size_t bytes)
{
    enum { FIRST = 1 << 16 };
    const size_t first = bytes < FIRST ? bytes : FIRST;
    uint64_t state = 1;
    for (size_t i = 0; i < first / sizeof *to; i++) {
        state = state * 6364136223846793005ull + 1442695040888963407ull; /* Knuth's MMIX generator */
        to[i] = (float)((state >> 40) % 999 + 1) * (state >> 63 ? -0.001f : 0.001f);
    }
    for (size_t at = first; at < bytes; at += FIRST)
        memcpy((char *)to + at, to, bytes - at < FIRST ? bytes - at : FIRST);
}

float *mw_micro_memory(mw_gb_state *state, mw_micro_task *t)
{
    mw_micro_block *b = t->block;
    if (b->at)
        return b->at;
    b->at = b->huge ? mw_pages_alloc_huge(b->bytes) : mw_pages_alloc(b->bytes);
    if (!b->at) {
        mw_gb_skip(state, b->huge && errno == ENOTSUP ? "this system has no request for huge pages"
                                                      : "no memory for the block");
        return NULL;
    }
    if (t->stride > 0)
        mw_chase_build(b->at, b->bytes, t->stride, t->micro->session->options->seed);
    else
        fill(b->at, b->bytes);
    tell_huge(b);
    return b->at;
}
