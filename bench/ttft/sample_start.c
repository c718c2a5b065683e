/* The parent's side of a sample. */
#include "bench/tables/csv.h"
#include "bench/ttft/sample.h"

#include <errno.h>
#include <stdio.h>

const char *mw_ttft_phase_name(mw_ttft_phase phase)
{
    static const char *const names[MW_TTFT_PHASES] = {"exec",    "start",       "open",          "load", "ready",
                                                      "prefill", "sample",      "prefill_again", "peak", "token",
                                                      "touch",   "read_direct", "read_buffered"};
    return names[phase];
}

static int take_rows(const char *folder, mw_csv *table, mw_error *err)
{
    char path[1200];
    const size_t before = table->n_rows;
    snprintf(path, sizeof path, "%s/%s", folder, table->file);
    int rc = mw_csv_read(path, table, err);
    const mw_cell *first = rc || table->n_rows == before ? NULL : mw_csv_cells(table, before);
    if (!rc && !first)
        rc = mw_fail(err, -EIO, "%s: a sample left no rows", path);
    else if (!rc && first[MW_TTFT_note].kind == MW_CELL_TEXT && first[MW_TTFT_phase].kind == MW_CELL_EMPTY)
        rc = mw_fail(err, -ENOTSUP, "%s", first[MW_TTFT_note].text);
    return rc;
}

int mw_ttft_sample_start(mw_session *s, const mw_job *job, mw_csv *table, mw_error *err)
{
    mw_job_end end;
    char word[] = "sample"; /* for those who look at a list of processes */
    int rc = mw_job_start(job, (char *[]){s->argv[0], word, NULL}, MW_CHILD_SHARED, 0, &end, err);
    if (!rc)
        rc = mw_job_result(&end, "a sample", err);
    s->told = rc && end.told;
    if (!rc)
        rc = take_rows(end.folder, table, err);
    mw_job_end_free(&end);
    return rc;
}
