#include "bench/run/take.h"

#include "bench/tables/csv_read.h"

#include <string.h>
#include <unistd.h>

/* Whether a row of results.csv is one of those asked for. */
static bool wanted(const mw_row *row, int rep, const char *const *only)
{
    if (rep && !row->rep)
        return false;
    if (!only)
        return true;
    for (; *only; only++)
        if (strcmp(row->metric, *only) == 0)
            return strcmp(row->phase, "steady") == 0;
    return false;
}

/* Row `i` of a results.csv; false if it is none to be taken as it is. */
static bool take_result(mw_session *s, const mw_csv *from, size_t i, int rep, const char *const *only)
{
    const mw_row row = mw_rows_at(from, i);
    if (strcmp(row.metric, "warning") != 0)
        return wanted(&row, rep, only);
    s->unbound |= strcmp(row.note, MW_UNBOUND_WARNING) == 0;
    mw_session_warn(s, "%s", row.note);
    return false;
}

static void take_rows(mw_session *s, mw_csv *to, const mw_csv *from, int rep, const char *const *only)
{
    const bool results = to == &s->results;
    for (size_t i = 0; i < from->n_rows && !to->out_of_memory; i++) {
        if (results && !take_result(s, from, i, rep, only))
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
