#include "bench/run/take.h"

#include "bench/tables/csv_read.h"

#include <string.h>
#include <unistd.h>

static bool is(const char *cell, const char *text)
{
    return cell && strcmp(cell, text) == 0;
}

/* Whether a row of results.csv is one of those asked for. */
static bool wanted(char *const *row, int rep, const char *const *only)
{
    if (rep && !row[MW_RESULTS_rep])
        return false;
    if (!only)
        return true;
    for (; *only; only++)
        if (is(row[MW_RESULTS_metric], *only))
            return is(row[MW_RESULTS_phase], "steady");
    return false;
}

static void take_rows(mw_session *s, mw_csv *to, const mw_csv *from, int rep, const char *const *only)
{
    const bool results = to == &s->results;
    for (size_t i = 0; i < from->n_rows && !to->out_of_memory; i++) {
        char *const *row = mw_csv_row(from, i);
        if (results && is(row[MW_RESULTS_metric], "warning")) {
            s->unbound |= is(row[MW_RESULTS_note], MW_UNBOUND_WARNING);
            mw_session_warn(s, "%s", row[MW_RESULTS_note] ? row[MW_RESULTS_note] : "");
            continue;
        }
        if (results && !wanted(row, rep, only))
            continue;
        mw_csv_add(to, row);
        if (to != &s->artifact)
            mw_csv_set(to, 0, "%s", s->run_id); /* the first column of every other table */
        if (results) {
            mw_csv_set(to, MW_RESULTS_utc, "%s", s->utc);
            if (rep)
                mw_csv_set(to, MW_RESULTS_rep, "%d", rep);
        }
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
