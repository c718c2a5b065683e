/* index.csv: written to the set, and shown. */
#include "bench/merge/merge_parts.h"
#include "bench/tables/to_json.h"
#include "platform/new_file.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

int mw_merge_write_index(const mw_csv *index, const char *set, mw_error *err)
{
    char path[MW_MERGE_PATH];
    mw_new_file file;
    int rc = mw_new_file_open(mw_merge_in(set, index->file, path), 0, &file, err);
    if (rc)
        return rc;
    const int fd = dup(file.fd);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
    rc = f ? mw_csv_write(index, f, err) : mw_fail(err, -EIO, "%s: cannot be written: %s", path, strerror(errno));
    if (f && fclose(f) && !rc)
        rc = mw_fail(err, -errno, "%s: cannot be written: %s", path, strerror(errno));
    return mw_new_file_close(&file, rc, err);
}

/* What a page shows, and how much of it text has room for; 0: all. */
static const mw_column columns[] = {{"run", -24},
                                    {"host", -15},
                                    {"cpu", -1, .wide = true},
                                    {"rows", 7},
                                    {"threads", -7},
                                    {"suites", -1},
                                    {"dtypes", -1, .wide = true},
                                    {"commit", -1, .wide = true},
                                    {0}};
static const struct {
    size_t column;
    int room;
} shown[] = {{MW_INDEX_run_id},  {MW_INDEX_host, 15},   {MW_INDEX_cpu},    {MW_INDEX_rows},
             {MW_INDEX_threads}, {MW_INDEX_suites, 23}, {MW_INDEX_dtypes}, {MW_INDEX_commit}};

static void print_row(mw_page *p, const mw_cell *row)
{
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        char number[MW_CELL_TEXT_BYTES];
        const char *text = mw_cell_text(&row[shown[i].column], number);
        const int room = p->markdown ? 0 : shown[i].room;
        const bool cut = room > 0 && strlen(text) > (size_t)room;
        mw_page_cell(p, "%.*s%s", cut ? room - 3 : MW_PAGE_CELL_BYTES, text, cut ? "..." : "");
    }
}

int mw_merge_print_index(const mw_csv *index, mw_format format, FILE *to, mw_error *err)
{
    if (format == MW_FORMAT_CSV)
        return mw_csv_write(index, to, err);
    if (format == MW_FORMAT_JSON)
        return mw_csv_write_json(index, to, err);
    mw_page p = mw_page_on(to, format, NULL);
    if (index->n_rows > 0)
        mw_page_open(&p, columns);
    for (size_t i = 0; i < index->n_rows; i++)
        print_row(&p, mw_csv_cells(index, i));
    return 0;
}
