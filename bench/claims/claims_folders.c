/* The ledger from result folders, without measuring. */
#include "bench/claims/claims.h"
#include "bench/tables/csv.h"
#include "bench/tables/to_json.h"
#include "kernels/ops.h"
#include "platform/cli.h"

#include <errno.h>
#include <string.h>

/* Where no folder has rows of a suite, its command is the one that would bring them. */
static void add_sources(mw_evidence *e, const char *folders)
{
    static mw_claims_run runs[MW_MOST_RUNS];
    double soak = 600;
    const mw_options defaults = {.model = "synthetic:stories110M", .reps = 6, .tokens = 80, .seed = 1, .own = &soak};
    const int n = mw_claims_runs(&defaults, runs);
    for (int i = 0; i < n; i++) {
        mw_evidence_source *s = &e->sources[e->n_sources++];
        *s = mw_claims_source(&runs[i]);
        snprintf(s->missing, sizeof s->missing, "no matching rows of suite %s in %.160s", runs[i].suite, folders);
    }
}

/* Adds what a folder holds, and under which command each of its suites ran. */
static int add_folder(const char *path, mw_csv *results, mw_evidence *e, mw_error *err)
{
    mw_evidence_source source = {.missing = ""};
    const size_t first = results->n_rows;
    int rc = mw_folder_read(path, results, source.command, sizeof source.command, err);
    for (size_t i = first; i < results->n_rows && !rc; i++) {
        const mw_row row = mw_rows_at(results, i);
        const mw_cell *schema = &mw_csv_cells(results, i)[MW_RESULTS_schema];
        if (schema->kind != MW_CELL_TEXT || strcmp(schema->text, MW_SCHEMA) != 0)
            rc = mw_fail(err, -EINVAL, "%s: rows of another schema than " MW_SCHEMA "; measure again", path);
        const mw_evidence_source *known = mw_evidence_source_of(e, row.suite, row.run_id);
        if (!*row.suite || !*row.run_id || (known && *known->run_id) || e->n_sources == MW_MOST_SOURCES)
            continue;
        snprintf(source.suite, sizeof source.suite, "%.15s", row.suite);
        snprintf(source.run_id, sizeof source.run_id, "%.63s", row.run_id);
        e->sources[e->n_sources++] = source;
    }
    return rc;
}

/* The op table is the same everywhere; the matrix is one of stories110M's. */
static void add_intensity(mw_csv *results)
{
    const mw_cost gemv = mw_op_cost(MW_OP_GEMV, MW_F32, 2048, 768);
    const double intensity = (double)gemv.flops / (double)(gemv.bytes_read + gemv.bytes_written);
    mw_csv_append(results, (mw_cell[MW_RESULTS_COUNT]){[MW_RESULTS_suite] = mw_text("claims"),
                                                       [MW_RESULTS_metric] = mw_text("flop_per_byte"),
                                                       [MW_RESULTS_param] = mw_text("op=gemv"),
                                                       [MW_RESULTS_value] = mw_real(intensity),
                                                       [MW_RESULTS_n] = mw_whole(1),
                                                       [MW_RESULTS_provenance] = mw_text("modelled")});
}

static int print(const mw_csv *claims, mw_format format, FILE *to, mw_error *err)
{
    if (format == MW_FORMAT_CSV)
        return mw_csv_write(claims, to, err);
    if (format == MW_FORMAT_JSON)
        return mw_csv_write_json(claims, to, err);
    mw_page page = mw_page_on(to, format, NULL);
    mw_claims_print(&page, claims);
    return 0;
}

int mw_claims_of_folders(const char *folders, mw_format format, FILE *to, mw_error *err)
{
    static mw_evidence e;
    mw_csv results = mw_csv_results(), claims = mw_csv_claims();
    char path[1024];
    int rc = 0;
    e = (mw_evidence){.results = &results, .facts = mw_facts};
    add_sources(&e, folders);
    while (!rc && mw_cli_item(&folders, path, sizeof path))
        rc = add_folder(path, &results, &e, err);
    if (!rc) {
        add_intensity(&results);
        mw_claims_judge_all(&e, NULL, &claims);
        if (results.out_of_memory || claims.out_of_memory)
            rc = mw_fail(err, -ENOMEM, "no memory for the ledger");
    }
    if (!rc)
        rc = print(&claims, format, to, err);
    if (!rc && (fflush(to) || ferror(to)))
        rc = mw_fail(err, -EIO, "stdout cannot be written: %s", strerror(errno));
    mw_csv_free(&results);
    mw_csv_free(&claims);
    return rc;
}
