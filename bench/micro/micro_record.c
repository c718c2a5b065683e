#include "bench/micro/micro_record.h"
#include "bench/run/suite.h"

#include "bench/micro/gbench.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool same_series(const mw_micro_row *a, const mw_micro_row *b)
{
    return a->bench == b->bench && strcmp(a->metric, b->metric) == 0 && strcmp(a->param, b->param) == 0;
}

static void record_median(mw_session *s, const mw_micro_row *row, double *values, size_t n)
{
    const mw_micro_bench *b = row->bench;
    mw_sort(values, n);
    mw_session_record(s, NULL, b->threads,
                      &(mw_result){row->metric, row->unit, n > 0 ? mw_percentile(values, n, 0.5) : NAN, n,
                                   .phase = b->name, .param = row->param, .note = row->note[0] ? row->note : NULL,
                                   .kernel = b->kernel, .layout = b->layout, .isa = b->isa});
}

static void free_results(void *results)
{
    if (results)
        mw_micro_free(results);
    free(results);
}

extern const mw_suite mw_suite_roof;

int mw_micro_run(mw_session *s, const mw_variant *variants, int n_variants, mw_error *err)
{
    (void)variants;
    (void)n_variants;
    int rc = mw_gb_flags(s->options->n_benchmark, (const char *const *)s->options->benchmark, err);
    if (rc)
        return rc;
    mw_micro_results *results = s->held = calloc(1, sizeof *results);
    s->free_held = free_results;
    if (!results)
        return mw_fail(err, -ENOMEM, "no memory for the results of a suite");
    rc = mw_micro_suite(s, s->options->suite == &mw_suite_roof, results, err);
    mw_progress_clear(&s->progress);
    const mw_micro_results *r = results;
    if (!rc && mw_gb_lists())
        return 0;
    double *values = malloc((r->n + 1) * sizeof *values);
    bool *done = calloc(r->n + 1, sizeof *done);
    s->results.out_of_memory |= !values || !done || r->out_of_memory;
    for (size_t i = 0; values && done && i < r->n; i++) {
        size_t n = 0;
        for (size_t j = i; j < r->n && !done[i]; j++)
            if (same_series(&r->row[i], &r->row[j])) {
                done[j] = j > i;
                if (isfinite(r->row[j].value))
                    values[n++] = r->row[j].value;
            }
        if (!done[i])
            record_median(s, &r->row[i], values, n);
    }
    free(values);
    free(done);
    return rc;
}

void mw_micro_show(const mw_session *s, mw_page *page)
{
    FILE *to = page->to;
    if (!mw_gb_displays())
        mw_micro_report(s->held, to);
}

static const mw_refusal refusals[] = {
    {"reps", "it repeats within one process; see --benchmark_repetitions"},
    {0},
};

const mw_suite mw_suite_roof = {
    .name = "roof",
    .help = "how fast memory can be read",
    .processes = MW_ONE_PROCESS,
    .google_benchmark = true,
    .refuses = refusals,
    .row_major = true,
    .apart = true,
    .run = mw_micro_run,
    .report = mw_micro_show,
};

const mw_suite mw_suite_micro = {
    .name = "micro",
    .help = "bandwidth, latency, kernels by themselves",
    .processes = MW_ONE_PROCESS,
    .google_benchmark = true,
    .refuses = refusals,
    .row_major = true,
    .run = mw_micro_run,
    .report = mw_micro_show,
};
