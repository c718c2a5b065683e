#include "bench/run/job.h"

#include "bench/run/rounds.h"
#include "bench/run/suite.h"
#include "bench/tables/csv.h"
#include "platform/os.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- tables of other processes --- */

/* Whether row `i` of a results.csv is to be taken as it is. A warning is not: it is given again. */
static bool wanted(mw_session *s, const mw_csv *from, size_t i, int rep, const char *const *only)
{
    const mw_row row = mw_rows_at(from, i);
    if (strcmp(row.metric, "warning") == 0) {
        s->unbound |= strcmp(row.note, MW_UNBOUND_WARNING) == 0;
        mw_session_warn(s, "%s", row.note);
        return false;
    }
    if (rep && !row.rep)
        return false;
    while (only && *only && strcmp(row.metric, *only) != 0)
        only++;
    return !only || (*only && strcmp(row.phase, "steady") == 0);
}

static void take_rows(mw_session *s, mw_csv *to, const mw_csv *from, int rep, const char *const *only)
{
    const bool results = to == &s->results;
    for (size_t i = 0; i < from->n_rows && !to->out_of_memory; i++) {
        if (results && !wanted(s, from, i, rep, only))
            continue;
        const size_t at = to->n_rows;
        mw_csv_append(to, mw_csv_cells(from, i));
        if (to != &s->artifact)
            mw_csv_replace(to, at, 0, mw_text(s->run_id)); /* the first column of every other table */
        if (results)
            mw_csv_replace(to, at, MW_RESULTS_utc, mw_text(s->utc));
        if (results && rep)
            mw_csv_replace(to, at, MW_RESULTS_rep, mw_whole(rep));
    }
    to->out_of_memory |= from->out_of_memory;
}

int mw_take_folder(mw_session *s, const char *folder, int rep, const char *const *only, mw_error *err)
{
    mw_csv *tables[MW_MAX_TABLES];
    const int n = mw_session_tables(s, tables);
    int rc = 0;
    for (int i = 0; i < (only ? 1 : n) && !rc; i++) { /* results.csv is the first */
        char path[1200];
        snprintf(path, sizeof path, "%s/%s", folder, tables[i]->file);
        if (access(path, F_OK)) /* a suite fills its own tables only */
            continue;
        mw_csv part = {.file = tables[i]->file, .columns = tables[i]->columns, .n_columns = tables[i]->n_columns};
        rc = mw_csv_read(path, &part, err);
        if (!rc)
            take_rows(s, tables[i], &part, rep, only);
        mw_csv_free(&part);
    }
    return rc;
}

int mw_job_take_suite(mw_session *s, const char *suite, char *const argv[], int rep, mw_job_end *end, mw_error *err)
{
    int rc = mw_job_start(&(mw_job){.kind = MW_JOB_SUITE, .suite = suite}, argv, MW_CHILD_SILENT, 0, end, err);
    if (!rc)
        return mw_take_folder(s, end->folder, rep, NULL, err);
    if (rc == -EINTR)
        return rc;
    snprintf(end->why, sizeof end->why, "%s", err->text);
    return 0;
}

/* --- repetitions --- */

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
    static const char *const metrics[] = {"roof_fraction", "aa_ratio"};
    size_t most = n;
    double *x = malloc(n * sizeof *x);
    for (int m = 0; x && m < 2; m++) {
        const mw_filter firsts = {.of = MW_OF_PROCESSES, .rep = 1, .metric = metrics[m], .known = true};
        for (mw_row first = {0}; mw_rows_next(&s->results, &firsts, &first);) {
            mw_filter series = firsts;
            series.rep = 0;
            series.variant = first.variant;
            series.threads = first.threads;
            size_t k = 0;
            for (mw_row row = {0}; k < n && mw_rows_next(&s->results, &series, &row);)
                x[k++] = log(row.value);
            const size_t wanted = k == n ? mw_stein_clusters(x, n, log1p(s->options->precision), MOST_REPETITIONS) : 0;
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
    if (done < s->first_stage)
        s->first_stage = 0;
    return rc;
}
