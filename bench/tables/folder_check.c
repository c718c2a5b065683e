/* What rows of results.csv have to be before they become part of something larger. */
#include "bench/tables/folders.h"
#include "bench/tables/rows.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* Columns that are the same on all rows; only the last one may be empty, as in a build without git. */
static const size_t same[] = {MW_RESULTS_run_id, MW_RESULTS_host, MW_RESULTS_cpu, MW_RESULTS_arch, MW_RESULTS_commit};
enum { MAY_BE_EMPTY = 1 };

static const size_t wholes[] = {MW_RESULTS_page_bytes, MW_RESULTS_line_bytes, MW_RESULTS_threads, MW_RESULTS_n,
                                MW_RESULTS_rep};
static const size_t reals[] = {MW_RESULTS_value, MW_RESULTS_ci_low, MW_RESULTS_ci_high};

static const char *const kinds[] = {"measured", "emulated", "modelled", "published", "artifact", "unavailable"};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const char *text_of(const mw_cell *cell)
{
    return cell->kind == MW_CELL_TEXT ? cell->text : "";
}

/* The first column of `columns` that holds something else than characters of `allowed`, or a number that is none; -1
 * without one. */
static int first_bad(const mw_cell *row, const size_t *columns, size_t n, const char *allowed, size_t longest)
{
    for (size_t i = 0; i < n; i++) {
        const char *text = text_of(&row[columns[i]]);
        if (*text &&
            (text[strspn(text, allowed)] || strlen(text) > longest || !isfinite(mw_cell_value(&row[columns[i]]))))
            return (int)columns[i];
    }
    return -1;
}

static bool known_kind(const char *provenance)
{
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (strcmp(kinds[i], provenance) == 0)
            return true;
    return false;
}

static int check_row(const char *path, const mw_csv *t, size_t i, mw_error *err)
{
    const mw_cell *row = mw_csv_cells(t, i), *first = mw_csv_cells(t, 0);
    const mw_row r = mw_rows_at(t, i);
    for (size_t c = 0; c < COUNT(same); c++)
        if (strcmp(text_of(&row[same[c]]), text_of(&first[same[c]])) != 0)
            return mw_fail(err, -EINVAL,
                           "%.300s: row %zu: another %s than in row 1 ('%.60s', '%.60s'); was it put "
                           "together from several runs?",
                           path, i + 1, t->columns[same[c]], text_of(&row[same[c]]), text_of(&first[same[c]]));
    int bad = first_bad(row, wholes, COUNT(wholes), "0123456789", 18);
    bad = bad < 0 ? first_bad(row, reals, COUNT(reals), "0123456789.eE+-", 40) : bad;
    if (bad >= 0)
        return mw_fail(err, -EINVAL, "%.300s: row %zu: '%.60s' is not a valid %s; was the file damaged?", path, i + 1,
                       text_of(&row[bad]), t->columns[bad]);
    const mw_metric *m = mw_metric_find(r.metric);
    if (!m)
        return mw_fail(err, -EINVAL,
                       "%.300s: row %zu: this memwall does not know metric '%.60s'; was the file written "
                       "by a newer one?",
                       path, i + 1, r.metric);
    if (m->positive && r.value < 0) /* a phase can be too short for the clock */
        return mw_fail(err, -EINVAL, "%.300s: row %zu: %g is not a valid value of %s; was the file damaged?", path,
                       i + 1, r.value, m->name);
    if (!*r.suite)
        return mw_fail(err, -EINVAL, "%.300s: row %zu: names no suite; was the file damaged?", path, i + 1);
    if (!known_kind(r.provenance))
        return mw_fail(err, -EINVAL, "%.300s: row %zu: '%.60s' is not a valid provenance; was the file damaged?", path,
                       i + 1, r.provenance);
    return 0;
}

int mw_folder_check(const char *path, const mw_csv *t, mw_error *err)
{
    int rc = t->n_rows > 0 ? 0 : mw_fail(err, -EINVAL, "%s: holds no results, only the names of the columns", path);
    /* first, since another schema may mean other things */
    for (size_t i = 0; i < t->n_rows && !rc; i++) {
        const char *schema = text_of(&mw_csv_cells(t, i)[MW_RESULTS_schema]);
        if (strcmp(schema, MW_SCHEMA) != 0)
            rc = mw_fail(err, -EINVAL,
                         "%.300s: row %zu: schema '%.16s', but this memwall reads schema " MW_SCHEMA
                         "; use the memwall that wrote it, or measure again",
                         path, i + 1, schema);
    }
    for (size_t c = 0; c < COUNT(same) - MAY_BE_EMPTY && !rc; c++)
        if (!*text_of(&mw_csv_cells(t, 0)[same[c]]))
            rc = mw_fail(err, -EINVAL, "%.300s: row 1: column %s is empty; was the file damaged?", path,
                         t->columns[same[c]]);
    for (size_t i = 0; i < t->n_rows && !rc; i++)
        rc = check_row(path, t, i, err);
    return rc;
}
