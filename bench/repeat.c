#include "bench/repeat.h"

#include "bench/output.h"
#include "bench/stats/stats.h"
#include "bench/tables/csv_read.h"
#include "kernels/probe.h"
#include "platform/child.h"
#include "platform/os.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char variable[] = "MEMWALL_REPETITION"; /* "2/6:reads:folder" */

/* With a wanted precision and no time limit there is an end all the same. */
enum { MOST_REPETITIONS = 100 };

int mw_repetition_of_environment(mw_repetition *r, mw_error *err)
{
    const char *text = getenv(variable);
    int used = 0;
    *r = (mw_repetition){0};
    if (!text)
        return 0;
    if (sscanf(text, "%d/%d:%n", &r->rep, &r->of, &used) != 2 || used == 0 || r->rep < 1)
        return mw_fail(err, -EINVAL, "%s is set, but not by this program; unset it", variable);
    size_t n = 0;
    for (const char *c = text + used; *c >= MW_FIRST_READ && *c < MW_FIRST_READ + (int)mw_reads(); c++)
        n++;
    if (n > MW_MAX_READS || n % MW_SHORTLIST || text[(size_t)used + n] != ':')
        return mw_fail(err, -EINVAL, "%s is set, but not by this program; unset it", variable);
    snprintf(r->reads, sizeof r->reads, "%.*s", (int)n, text + used);
    r->folder = text + (size_t)used + n + 1;
    return 1;
}

/* Rows of a repetition become rows of this run. A repetition's warnings are the run's, once each. */
static void take_rows(mw_session *s, mw_csv *to, mw_csv *from)
{
    const bool results = to == &s->results;
    for (size_t i = 0; i < from->n_rows && !from->out_of_memory; i++) {
        char *const *row = mw_csv_row(from, i);
        if (results && !row[MW_RESULTS_rep]) {
            s->unbound |= row[MW_RESULTS_note] && strcmp(row[MW_RESULTS_note], MW_UNBOUND_WARNING) == 0;
            if (row[MW_RESULTS_note])
                mw_session_warn(s, "%s", row[MW_RESULTS_note]);
            continue;
        }
        mw_csv_add(to, row);
        if (to != &s->artifact)
            mw_csv_set(to, 0, "%s", s->run_id); /* the first column of every other table */
        if (results)
            mw_csv_set(to, MW_RESULTS_utc, "%s", s->utc);
    }
    to->out_of_memory |= from->out_of_memory;
}

static int take_folder(mw_session *s, const char *folder, mw_error *err)
{
    mw_csv *tables[MW_TABLES];
    int rc = 0;
    mw_session_tables(s, tables);
    for (int i = 0; i < MW_TABLES && !rc; i++) {
        char path[1200];
        snprintf(path, sizeof path, "%s/%s", folder, tables[i]->file);
        if (access(path, F_OK)) /* the artifact's table exists only where its variant was measured */
            continue;
        mw_csv part = {.file = tables[i]->file, .columns = tables[i]->columns, .n_columns = tables[i]->n_columns};
        rc = mw_csv_read(path, &part, err);
        if (!rc)
            take_rows(s, tables[i], &part);
        mw_csv_free(&part);
    }
    return rc;
}

/* Beside the tables of a repetition, for its parent only. */
static const char reads_file[] = "reads";

int mw_repetition_leave_reads(const mw_session *s, const char *folder, mw_error *err)
{
    char path[1200];
    snprintf(path, sizeof path, "%s/%s", folder, reads_file);
    FILE *f = fopen(path, "w");
    bool good = f && fputs(s->reads, f) >= 0;
    good &= f && fclose(f) == 0;
    return good ? 0 : mw_fail(err, -EIO, "%s: cannot be written: %s", path, strerror(errno));
}

static void take_reads(mw_session *s, const char *folder)
{
    char path[1200];
    snprintf(path, sizeof path, "%s/%s", folder, reads_file);
    FILE *f = fopen(path, "r");
    if (f && !fgets(s->reads, sizeof s->reads, f))
        s->reads[0] = '\0'; /* no roofs, no shortlists */
    if (f)
        fclose(f);
}

static int code_of(int status)
{
    return status == 0 ? 0 : status == 1 ? -EDOM : status >= 128 ? -EINTR : -EINVAL;
}

static int run_one(mw_session *s, const char *scratch, int rep, int of, mw_error *err)
{
    char folder[1100], value[1200 + MW_MAX_READS];
    int status;
    snprintf(folder, sizeof folder, "%s/%d", scratch, rep);
    snprintf(value, sizeof value, "%d/%d:%s:%s", rep, of, s->reads, folder);
    mw_progress_clear(&s->progress);
    int rc = mw_child_run(s->argv, variable, value, &status, err);
    if (rc)
        return rc;
    if (mw_interrupted())
        return mw_fail(err, -EINTR, "interrupted");
    if (access(folder, F_OK) == 0)
        rc = take_folder(s, folder, err);
    if (rep == 1)
        take_reads(s, folder);
    mw_output_remove(folder);
    if (!rc && status != 0) {
        err->text[0] = '\0';
        if (status > 130)
            mw_fail(err, 0, "repetition %d was ended by signal %d", rep, status - 128);
        rc = code_of(status);
    }
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
    const char *tmp = getenv("TMPDIR");
    char scratch[1024];
    if ((size_t)snprintf(scratch, sizeof scratch, "%s/memwall-bench-XXXXXX", tmp && *tmp ? tmp : "/tmp") >=
            sizeof scratch ||
        !mkdtemp(scratch))
        return mw_fail(err, -errno, "%s: cannot be created: %s; set TMPDIR", scratch, strerror(errno));
    const uint64_t start = mw_clock_ns();
    size_t wanted = o->reps, done = 0;
    int rc = 0;
    while (done < wanted && !rc) {
        const double elapsed = (double)(mw_clock_ns() - start) * 1e-9;
        if (o->time_limit > 0 && done > 0 && elapsed + elapsed / (double)done > o->time_limit) {
            mw_session_warn(s, "stopped after %zu of %zu repetitions: --time-limit=%g", done, wanted, o->time_limit);
            break;
        }
        rc = run_one(s, scratch, (int)done + 1, (int)wanted, err);
        done += !rc;
        if (!rc && done == o->reps && o->precision > 0 && done >= 2) {
            s->first_stage = done;
            wanted = needed(s, done);
        }
    }
    mw_output_remove(scratch);
    if (s->first_stage && done < s->first_stage)
        s->first_stage = 0;
    return rc;
}
