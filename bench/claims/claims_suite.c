/* Suite `claims`: runs other suites, each in processes of its own, takes their tables and judges. */
#include "bench/claims/claims.h"
#include "bench/claims/evidence.h"
#include "bench/claims/plan.h"
#include "bench/output.h"
#include "bench/summary.h"
#include "bench/tables/csv_read.h"
#include "kernels/ops.h"
#include "platform/child.h"
#include "platform/cli.h"

#include <errno.h>
#include <math.h>
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

int mw_claims_suite(mw_session *s, mw_error *err)
{
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

/* --- from folders ----------------------------------------------------------------------------------------------------
 */

/* Names from a file get printed: nothing in them may command the terminal. */
static void make_printable(mw_csv *csv)
{
    for (size_t i = 0; i < csv->n_rows * csv->n_columns; i++)
        for (char *p = csv->cells[i]; p && *p; p++)
            if ((unsigned char)*p < 0x20 || *p == 0x7f)
                *p = '?';
}

static void read_command(const char *folder, char *to, size_t size)
{
    char path[1200];
    snprintf(path, sizeof path, "%s/command.txt", folder);
    FILE *f = fopen(path, "r");
    if (f && fgets(to, (int)size, f))
        to[strcspn(to, "\n")] = '\0';
    /* where the program stood is nobody's concern */
    char *slash = NULL;
    for (char *c = to; *c && *c != ' '; c++)
        slash = *c == '/' ? c : slash;
    if (slash)
        memmove(to, slash + 1, strlen(slash));
    for (char *p = to; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            *p = '?';
    if (f)
        fclose(f);
}

/* Adds what a folder holds, and under which command each of its suites ran. */
static int add_folder(const char *path, mw_csv *results, mw_evidence *e, mw_error *err)
{
    char inside[1200], command[640] = "";
    snprintf(inside, sizeof inside, "%s/results.csv", path);
    const bool is_folder = access(inside, F_OK) == 0;
    const size_t first = results->n_rows;
    int rc = mw_csv_read(is_folder ? inside : path, results, err);
    if (rc)
        return rc;
    if (is_folder)
        read_command(path, command, sizeof command);
    for (size_t i = first; i < results->n_rows; i++) {
        char *const *row = mw_csv_row(results, i);
        const char *suite = row[MW_RESULTS_suite], *run_id = row[MW_RESULTS_run_id];
        if (!row[MW_RESULTS_schema] || strcmp(row[MW_RESULTS_schema], MW_SCHEMA) != 0)
            return mw_fail(err, -EINVAL, "%s: rows of another schema than " MW_SCHEMA "; measure anew", path);
        const mw_evidence_source *known = mw_evidence_source_of(e, suite, run_id);
        if (!suite || !run_id || (known && known->run_id[0]) || e->n_sources == MW_MOST_SOURCES)
            continue;
        mw_evidence_source *s = &e->sources[e->n_sources++];
        snprintf(s->suite, sizeof s->suite, "%.15s", suite);
        snprintf(s->run_id, sizeof s->run_id, "%.63s", run_id);
        snprintf(s->command, sizeof s->command, "%s", command);
    }
    return 0;
}

/* The op table is the same everywhere; the matrix is one of stories110M's. */
static void add_intensity(mw_csv *results)
{
    const mw_cost gemv = mw_op_cost(MW_OP_GEMV, 2048, 768);
    mw_csv_add(results, NULL);
    mw_csv_set(results, MW_RESULTS_suite, "claims");
    mw_csv_set(results, MW_RESULTS_metric, "flop_per_byte");
    mw_csv_set(results, MW_RESULTS_param, "op=gemv");
    mw_csv_set(results, MW_RESULTS_value, "%.7g", (double)gemv.flops / (double)(gemv.bytes_read + gemv.bytes_written));
    mw_csv_set(results, MW_RESULTS_n, "1");
    mw_csv_set(results, MW_RESULTS_provenance, "modelled");
}

int mw_claims_of_folders(const char *folders, mw_format format, FILE *to, mw_error *err)
{
    static mw_plan_run runs[MW_MOST_RUNS];
    static mw_evidence e;
    mw_csv results = mw_csv_results(), claims = mw_csv_claims();
    char path[1024];
    int rc = 0;
    e = (mw_evidence){.results = &results, .facts = mw_facts};
    /* where a folder has no rows, this is the command that would bring them */
    const mw_options defaults = {.model = "synthetic:stories110M", .reps = 6, .tokens = 80, .seed = 1, .soak = 600};
    const int n = mw_plan(&defaults, runs);
    for (int i = 0; i < n; i++) {
        mw_evidence_source *s = &e.sources[e.n_sources++];
        snprintf(s->suite, sizeof s->suite, "%s", runs[i].suite);
        mw_plan_command(&runs[i], s->command, sizeof s->command);
        snprintf(s->missing, sizeof s->missing, "no rows of suite %s that fit in %.160s", runs[i].suite, folders);
    }
    while (!rc && mw_cli_item(&folders, path, sizeof path))
        rc = add_folder(path, &results, &e, err);
    if (!rc && results.out_of_memory)
        rc = mw_fail(err, -ENOMEM, "no memory for the rows");
    if (!rc)
        add_intensity(&results);
    if (!rc) {
        make_printable(&results);
        mw_claims_judge_all(&e, NULL, &claims);
        rc = claims.out_of_memory ? mw_fail(err, -ENOMEM, "no memory for the ledger") : 0;
    }
    if (!rc && format == MW_FORMAT_CSV)
        rc = mw_csv_write(&claims, to, err);
    else if (!rc && format == MW_FORMAT_JSON)
        rc = mw_csv_write_json(&claims, to, err);
    else if (!rc)
        mw_claims_report(&claims, format == MW_FORMAT_MD, to);
    if (!rc && (fflush(to) || ferror(to)))
        rc = mw_fail(err, -EIO, "stdout cannot be written: %s", strerror(errno));
    mw_csv_free(&results);
    mw_csv_free(&claims);
    return rc;
}
