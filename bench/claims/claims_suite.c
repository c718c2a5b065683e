/* Suite `claims`: runs other suites, each in processes of its own, takes their tables and judges. */
#include "bench/claims/claims.h"
#include "bench/claims/plan.h"
#include "bench/output.h"
#include "bench/summary.h"
#include "bench/tables/csv_read.h"
#include "kernels/ops.h"
#include "platform/child.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- taking tables ---------------------------------------------------------------------------------------------------
 */

/* Rows of a run become rows of this one. With `rep`, they are what process `rep` said, and what it made of them itself
 * is left out: mw_summarise does that over all processes. */
static void take_rows(mw_session *s, mw_csv *to, const mw_csv *from, int rep)
{
    const bool results = to == &s->results;
    for (size_t i = 0; i < from->n_rows && !to->out_of_memory; i++) {
        char *const *row = mw_csv_row(from, i);
        if (results && row[MW_RESULTS_metric] && strcmp(row[MW_RESULTS_metric], "warning") == 0) {
            mw_session_warn(s, "%s", row[MW_RESULTS_note] ? row[MW_RESULTS_note] : "");
            continue;
        }
        if (results && rep && !row[MW_RESULTS_rep])
            continue;
        mw_csv_add(to, row);
        if (to != &s->artifact)
            mw_csv_set(to, 0, "%s", s->run_id);
        if (results) {
            mw_csv_set(to, MW_RESULTS_utc, "%s", s->utc);
            if (rep)
                mw_csv_set(to, MW_RESULTS_rep, "%d", rep);
        }
    }
}

static int take_folder(mw_session *s, const char *folder, int rep, mw_error *err)
{
    mw_csv *tables[MW_TABLES];
    int rc = 0;
    mw_session_tables(s, tables);
    for (int i = 0; i < MW_TABLES && !rc; i++) {
        char path[1200];
        snprintf(path, sizeof path, "%s/%s", folder, tables[i]->file);
        if (access(path, F_OK)) /* a suite fills its own tables only */
            continue;
        mw_csv part = {.file = tables[i]->file, .columns = tables[i]->columns, .n_columns = tables[i]->n_columns};
        rc = mw_csv_read(path, &part, err);
        if (!rc)
            take_rows(s, tables[i], &part, rep);
        mw_csv_free(&part);
    }
    return rc;
}

/* --- running ---------------------------------------------------------------------------------------------------------
 */

/* The last line that a run said: an error is one line. */
static void last_words(FILE *said, char *to, size_t size)
{
    char line[700];
    rewind(said);
    snprintf(to, size, "it said nothing");
    while (fgets(line, sizeof line, said)) {
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, "bench: ", 7) == 0)
            snprintf(to, size, "%.*s", (int)size - 1, line + 7);
    }
}

/* One process of a run. Its failure is no failure of ours, but for Ctrl-C: why[size] says what it was, `*failed`
 * whether a check did. */
static int start(mw_session *s, const mw_plan_run *r, const char *scratch, int rep, char *why, size_t size,
                 bool *failed, mw_error *err)
{
    char out[1200], folder[1100];
    char *argv[MW_MOST_ARGS + 4];
    int n = 0, status;
    snprintf(folder, sizeof folder, "%s/%s", scratch, r->suite);
    snprintf(out, sizeof out, "--out=%s", folder);
    argv[n++] = s->argv[0];
    for (int i = 0; i < r->n_args; i++)
        argv[n++] = (char *)r->arg[i];
    argv[n++] = "--quiet";
    argv[n++] = out;
    argv[n] = NULL;
    FILE *said = tmpfile();
    if (!said)
        return mw_fail(err, -errno, "a temporary file cannot be created: %s; set TMPDIR", strerror(errno));
    mw_error why_not;
    int rc = mw_child_run_quiet(argv, "NO_COLOR", "1", fileno(said), &status, &why_not);
    why[0] = '\0';
    if (rc)
        snprintf(why, size, "%.*s", (int)size - 1, why_not.text);
    else if (status != 0)
        last_words(said, why, size);
    fclose(said);
    if (mw_interrupted() || status == 130)
        rc = mw_fail(err, -EINTR, "interrupted");
    else
        rc = access(folder, F_OK) == 0 ? take_folder(s, folder, rep, err) : 0;
    *failed |= status == 1;
    mw_output_remove(folder);
    return rc;
}

static int run(mw_session *s, const mw_plan_run *r, const char *scratch, mw_evidence_source *source, bool *failed,
               mw_error *err)
{
    const int times = r->each_process ? (int)s->options->reps : 1;
    int rc = 0;
    snprintf(source->suite, sizeof source->suite, "%s", r->suite);
    mw_plan_command(r, source->command, sizeof source->command);
    if (r->missing) {
        snprintf(source->missing, sizeof source->missing, "%s", r->missing);
        return 0;
    }
    for (int i = 0; i < times && !rc && !source->missing[0]; i++) {
        mw_progress_say(&s->progress, "suite %s, %d of %d", r->suite, i + 1, times);
        rc = start(s, r, scratch, r->each_process ? i + 1 : 0, source->missing, sizeof source->missing, failed, err);
    }
    if (!rc && source->missing[0])
        mw_session_warn(s, "suite %s: %.200s", r->suite, source->missing);
    return rc;
}

/* What no suite has to measure: the op table. */
static void record_intensity(mw_session *s)
{
    const mw_config *c = &s->model.config;
    const mw_cost gemv = mw_op_cost(MW_OP_GEMV, c->hidden_dim, c->dim);
    const mw_token_cost token = mw_model_token_cost(c, 0);
    const struct {
        const char *param;
        double value;
    } rows[] = {{"op=gemv", (double)gemv.flops / (double)(gemv.bytes_read + gemv.bytes_written)},
                {"op=token", (double)token.flops / (double)(token.weight_bytes + token.kv_bytes)}};
    for (int i = 0; i < 2; i++)
        mw_session_record(s, NULL, 0,
                          &(mw_metric){.suite = "claims",
                                       .phase = "arithmetic",
                                       .name = "flop_per_byte",
                                       .unit = "1",
                                       .value = rows[i].value,
                                       .n = 1,
                                       .param = rows[i].param,
                                       .provenance = "modelled",
                                       .rep = -1});
}

int mw_claims_suite(mw_session *s, const mw_variant *variants, int n_variants, mw_error *err)
{
    (void)variants;
    (void)n_variants;
    static mw_plan_run runs[MW_MOST_RUNS];
    static mw_evidence evidence;
    const char *tmp = getenv("TMPDIR");
    char scratch[1024];
    bool failed = false;
    int rc = 0;
    if ((size_t)snprintf(scratch, sizeof scratch, "%s/memwall-claims-XXXXXX", tmp && *tmp ? tmp : "/tmp") >=
            sizeof scratch ||
        !mkdtemp(scratch))
        return mw_fail(err, -errno, "%s: cannot be created: %s; set TMPDIR", scratch, strerror(errno));
    const int n = mw_plan(s->options, runs);
    evidence = (mw_evidence){.results = &s->results, .facts = mw_facts};
    /* those that one summary is made of come first: the others bring theirs with them */
    for (int each = 1; each >= 0 && !rc; each--) {
        for (int i = 0; i < n && !rc; i++)
            if (runs[i].each_process == each)
                rc = run(s, &runs[i], scratch, &evidence.sources[evidence.n_sources++], &failed, err);
        if (each && !rc)
            rc = mw_summarise(s, err);
    }
    mw_output_remove(scratch);
    mw_progress_clear(&s->progress);
    if (rc)
        return rc;
    record_intensity(s);
    mw_claims_judge_all(&evidence, s->run_id, &s->claims);
    return failed ? mw_fail(err, -EDOM, "a check failed in one of the suites; its warning says which") : 0;
}
