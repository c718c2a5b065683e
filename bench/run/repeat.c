#include "bench/run/repeat.h"

#include "bench/run/child_run.h"
#include "bench/run/output.h"
#include "bench/run/rounds.h"
#include "bench/stats/stats.h"
#include "kernels/probe.h"
#include "platform/child.h"
#include "platform/os.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char variable[] = MW_REPETITION_VARIABLE;

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
    const char *shape = text + (size_t)used + n, *end = *shape == ':' ? strchr(shape + 1, ':') : NULL;
    if (n > MW_MAX_READS || n % MW_SHORTLIST || !end || (size_t)(end - shape) > sizeof r->shape)
        return mw_fail(err, -EINVAL, "%s is set, but not by this program; unset it", variable);
    snprintf(r->reads, sizeof r->reads, "%.*s", (int)n, text + used);
    snprintf(r->shape, sizeof r->shape, "%.*s", (int)(end - shape - 1), shape + 1);
    r->folder = end + 1;
    return 1;
}

void mw_repetition_text(const mw_repetition *r, char *to, size_t size)
{
    snprintf(to, size, "%d/%d:%s:%s:%s", r->rep, r->of, r->reads, r->shape, r->folder);
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

void mw_repetition_take_reads(const char *folder, char reads[MW_MAX_READS + 1])
{
    char path[1200];
    snprintf(path, sizeof path, "%s/%s", folder, reads_file);
    FILE *f = fopen(path, "r");
    if (f && !fgets(reads, MW_MAX_READS + 1, f))
        reads[0] = '\0'; /* no roofs, no shortlists */
    if (f)
        fclose(f);
}

static int code_of(int status)
{
    return status == 0 ? 0 : status == 1 ? -EDOM : status >= 128 ? -EINTR : -EINVAL;
}

static int run_one(mw_session *s, const char *scratch, int rep, int of, mw_error *err)
{
    char folder[1100], value[MW_REPETITION_TEXT];
    int status;
    mw_repetition part = {.rep = rep, .of = of, .folder = folder};
    snprintf(folder, sizeof folder, "%s/%d", scratch, rep);
    memcpy(part.reads, s->reads, sizeof part.reads);
    mw_repetition_text(&part, value, sizeof value);
    mw_progress_clear(&s->progress);
    int rc = mw_child_run(s->argv, variable, value, &status, err);
    if (rc)
        return rc;
    if (mw_interrupted())
        return mw_fail(err, -EINTR, "interrupted");
    if (access(folder, F_OK) == 0)
        rc = mw_take_folder(s, folder, rep, NULL, err);
    if (rep == 1)
        mw_repetition_take_reads(folder, s->reads);
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
    char scratch[1024];
    int rc = mw_scratch_folder("bench", scratch, sizeof scratch, err);
    if (rc)
        return rc;
    mw_rounds r = {.session = s, .items = 1, .rounds = o->reps, .noun = "repetitions"};
    size_t done = 0;
    while (mw_rounds_next(&r, &rc, err)) {
        rc = run_one(s, scratch, (int)r.round + 1, (int)r.rounds, err);
        done += !rc;
        if (!rc && done == o->reps && o->precision > 0 && done >= 2) {
            s->first_stage = done;
            r.rounds = needed(s, done);
        }
    }
    mw_output_remove(scratch);
    if (s->first_stage && done < s->first_stage)
        s->first_stage = 0;
    return rc;
}
