/* The ledger from result folders, without measuring. */
#include "bench/claims/claims.h"
#include "bench/claims/evidence.h"
#include "bench/claims/claims_runs.h"
#include "bench/tables/folder.h"
#include "kernels/ops.h"
#include "platform/cli.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Adds what a folder holds, and under which command each of its suites ran. */
static int add_folder(const char *path, mw_csv *results, mw_evidence *e, mw_error *err)
{
    char command[640];
    const size_t first = results->n_rows;
    int rc = mw_folder_read(path, results, command, sizeof command, err);
    if (rc)
        return rc;
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
    static mw_claims_run runs[MW_MOST_RUNS];
    static mw_evidence e;
    mw_csv results = mw_csv_results(), claims = mw_csv_claims();
    char path[1024];
    int rc = 0;
    e = (mw_evidence){.results = &results, .facts = mw_facts};
    /* where a folder has no rows, this is the command that would bring them */
    double soak = 600;
    const mw_options defaults = {.model = "synthetic:stories110M", .reps = 6, .tokens = 80, .seed = 1, .own = &soak};
    const int n = mw_claims_runs(&defaults, runs);
    for (int i = 0; i < n; i++) {
        mw_evidence_source *s = &e.sources[e.n_sources++];
        snprintf(s->suite, sizeof s->suite, "%s", runs[i].suite);
        mw_claims_command(&runs[i], s->command, sizeof s->command);
        snprintf(s->missing, sizeof s->missing, "no rows of suite %s that fit in %.160s", runs[i].suite, folders);
    }
    while (!rc && mw_cli_item(&folders, path, sizeof path))
        rc = add_folder(path, &results, &e, err);
    if (!rc)
        add_intensity(&results);
    if (!rc) {
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
