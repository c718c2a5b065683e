#include "bench/run/repeat.h"

#include "bench/run/job.h"
#include "bench/run/rounds.h"
#include "bench/run/suite.h"
#include "bench/run/take.h"
#include "bench/stats/stats.h"
#include "platform/os.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* With a wanted precision and no time limit there is an end all the same. */
enum { MOST_REPETITIONS = 100 };

static int run_one(mw_session *s, int rep, int of, mw_error *err)
{
    char what[32];
    mw_job_end end;
    snprintf(what, sizeof what, "repetition %d", rep);
    mw_progress_clear(&s->progress);
    int rc = mw_job_start(
        &(mw_job){.kind = MW_JOB_REPETITION, .suite = s->options->suite->name, .rep = rep, .of = of, .reads = s->reads},
        s->argv, MW_CHILD_SHARED, 0, &end, err);
    if (!rc)
        rc = mw_take_folder(s, end.folder, rep, NULL, err);
    if (!rc && rep == 1)
        mw_job_take(&end, MW_JOB_READS, s->reads, sizeof s->reads);
    if (!rc)
        rc = mw_job_result(&end, what, err);
    s->told = rc && end.told;
    mw_job_end_free(&end);
    return rc;
}

/* How many repetitions give every roof fraction the wanted precision, as far as the first `n` tell. */
static size_t needed(const mw_session *s, size_t n)
{
    const mw_csv *r = &s->results;
    size_t most = n;
    double *x = malloc(n * sizeof *x);
    for (size_t i = 0; x && i < r->n_rows; i++) {
        char *const *first = mw_csv_row(r, i);
        if (!first[MW_RESULTS_rep] || strcmp(first[MW_RESULTS_rep], "1") != 0 || !first[MW_RESULTS_value] ||
            (strcmp(first[MW_RESULTS_metric], "roof_fraction") != 0 &&
             strcmp(first[MW_RESULTS_metric], "aa_ratio") != 0))
            continue;
        size_t k = 0;
        for (size_t j = i; j < r->n_rows && k < n; j++) {
            char *const *row = mw_csv_row(r, j);
            if (row[MW_RESULTS_rep] && row[MW_RESULTS_value] &&
                strcmp(row[MW_RESULTS_metric], first[MW_RESULTS_metric]) == 0 &&
                strcmp(row[MW_RESULTS_variant], first[MW_RESULTS_variant]) == 0 &&
                strcmp(row[MW_RESULTS_threads], first[MW_RESULTS_threads]) == 0)
                x[k++] = log(strtod(row[MW_RESULTS_value], NULL));
        }
        if (k == n) {
            size_t wanted = mw_stein_clusters(x, n, log1p(s->options->precision), MOST_REPETITIONS);
            most = wanted > most ? wanted : most;
        }
    }
    free(x);
    return most;
}

int mw_repeat(mw_session *s, mw_error *err)
{
    const mw_options *o = s->options;
    mw_rounds r = {.session = s, .items = 1, .rounds = o->reps, .noun = "repetitions"};
    int rc = 0;
    size_t done = 0;
    while (mw_rounds_next(&r, &rc, err)) {
        rc = run_one(s, (int)r.round + 1, (int)r.rounds, err);
        done += !rc;
        if (!rc && done == o->reps && o->precision > 0 && done >= 2) {
            s->first_stage = done;
            r.rounds = needed(s, done);
        }
    }
    if (s->first_stage && done < s->first_stage)
        s->first_stage = 0;
    return rc;
}
