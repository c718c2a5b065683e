/* The row of index.csv that describes a result folder. */
#include "bench/merge/merge_parts.h"
#include "bench/tables/folders.h"
#include "bench/tables/rows.h"
#include "platform/os.h"
#include "platform/text.h"

#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { LONGEST_LIST = 1 << 16, LARGEST_MACHINE = 1 << 22, LONGEST_NAME = 100 };

/* --- several values in a cell --- */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Whole numbers without leading zeros. */
static int by_number(const void *a, const void *b)
{
    const char *x = *(const char *const *)a, *y = *(const char *const *)b;
    const size_t n = strlen(x), m = strlen(y);
    return n != m ? (n > m) - (n < m) : strcmp(x, y);
}

/* The sorted values of a column of results.csv, each once, into list[LONGEST_LIST]. A semicolon within one becomes a
 * question mark. */
static int join(const char *path, const mw_csv *t, size_t column, char *list, mw_error *err)
{
    const char **texts = malloc((t->n_rows + 1) * sizeof *texts);
    size_t n = 0, length = 0;
    if (!texts)
        return mw_fail(err, -ENOMEM, "%s: no memory to describe it", path);
    for (size_t i = 0; i < t->n_rows; i++) {
        const mw_cell *cell = &mw_csv_cells(t, i)[column];
        if (cell->kind == MW_CELL_TEXT && *cell->text)
            texts[n++] = cell->text;
    }
    qsort(texts, n, sizeof *texts, column == MW_RESULTS_threads ? by_number : by_text);
    list[0] = '\0';
    for (size_t i = 0; i < n && length < LONGEST_LIST; i++) {
        if (i > 0 && strcmp(texts[i], texts[i - 1]) == 0)
            continue;
        char *at = list + length + (length > 0);
        length += (size_t)snprintf(list + length, LONGEST_LIST - length, "%s%s", length ? ";" : "", texts[i]);
        while ((length < LONGEST_LIST) && (at = strchr(at, ';')))
            *at = '?';
    }
    free(texts);
    return length < LONGEST_LIST
               ? 0
               : mw_fail(err, -EINVAL, "%s: the values of %s are too many for one run", path, t->columns[column]);
}

/* --- the version, which only machine.json has --- */

static int parse_version(const char *path, const char *text, size_t bytes, char version[64], mw_error *err)
{
    json_error_t why;
    json_t *machine = json_loadb(text, bytes, JSON_REJECT_DUPLICATES, &why);
    const char *found = json_string_value(json_object_get(json_object_get(machine, "build"), "version"));
    int rc = json_is_object(machine)
                 ? 0
                 : mw_fail(err, -EINVAL, "%s: does not describe a machine; was the file damaged?", path);
    snprintf(version, 64, "%s", found ? found : "");
    mw_text_copy(version, 64, version);
    json_decref(machine);
    return rc;
}

static int read_version(const char *folder, char version[64], mw_error *err)
{
    char path[MW_MERGE_PATH];
    struct stat st;
    mw_file file;
    version[0] = '\0';
    if (lstat(mw_merge_in(folder, "machine.json", path), &st)) /* no run needs it */
        return 0;
    int rc = mw_file_open(path, &file, err);
    if (rc)
        return rc;
    char *text = file.bytes < LARGEST_MACHINE ? malloc((size_t)file.bytes + 1) : NULL;
    rc = text ? mw_file_read(&file, 0, text, (size_t)file.bytes, err)
              : mw_fail(err, -EFBIG, "%s: is too large for the description of a machine", path);
    if (!rc)
        rc = parse_version(path, text, (size_t)file.bytes, version, err);
    free(text);
    mw_file_close(&file);
    return rc;
}

/* --- where a run belongs --- */

/* Names come from a file: nothing in them may lead out of the set. */
static int place_of(const char *path, const char *host, const char *run_id, char to[MW_MERGE_PATH], mw_error *err)
{
    char safe[LONGEST_NAME + 1];
    for (const char *p = run_id; *p; p++)
        if (!(isalnum((unsigned char)*p) || *p == '-' || *p == '_' || (*p == '.' && p > run_id)))
            return mw_fail(err, -EINVAL, "%s: '%.60s' cannot be a run_id; was the file damaged?", path, run_id);
    if (strlen(run_id) > LONGEST_NAME || strlen(host) > LONGEST_NAME)
        return mw_fail(err, -EINVAL, "%s: host or run_id has more than %d characters; was the file damaged?", path,
                       LONGEST_NAME);
    snprintf(safe, sizeof safe, "%s", host);
    for (char *p = safe; *p; p++)
        if (!isalnum((unsigned char)*p) && *p != '-' && *p != '_' && (*p != '.' || p == safe))
            *p = '_';
    snprintf(to, MW_MERGE_PATH, "runs/%s/%s", safe, run_id);
    return 0;
}

/* --- the row --- */

static int add_row(const char *path, const mw_csv *t, const mw_merge_files *files, char *lists[6], mw_csv *index,
                   mw_error *err)
{
    static const size_t columns[6] = {MW_RESULTS_suite,   MW_RESULTS_model,   MW_RESULTS_dtype,
                                      MW_RESULTS_variant, MW_RESULTS_threads, MW_RESULTS_provenance};
    const mw_cell *first = mw_csv_cells(t, 0);
    char version[64], folder[MW_MERGE_PATH];
    int rc = place_of(path, first[MW_RESULTS_host].text, first[MW_RESULTS_run_id].text, folder, err);
    if (!rc)
        rc = read_version(path, version, err);
    for (int i = 0; i < 6 && !rc; i++)
        rc = join(path, t, columns[i], lists[i], err);
    if (rc)
        return rc;
    mw_csv_append(index, (mw_cell[MW_INDEX_COUNT]){
                             [MW_INDEX_run_id] = first[MW_RESULTS_run_id],
                             [MW_INDEX_host] = first[MW_RESULTS_host],
                             [MW_INDEX_cpu] = first[MW_RESULTS_cpu],
                             [MW_INDEX_arch] = first[MW_RESULTS_arch],
                             [MW_INDEX_suites] = mw_text(lists[0]),
                             [MW_INDEX_models] = mw_text(lists[1]),
                             [MW_INDEX_dtypes] = mw_text(lists[2]),
                             [MW_INDEX_variants] = mw_text(lists[3]),
                             [MW_INDEX_threads] = mw_text(lists[4]),
                             [MW_INDEX_provenance] = mw_text(lists[5]),
                             [MW_INDEX_version] = mw_text(version),
                             [MW_INDEX_commit] = first[MW_RESULTS_commit],
                             [MW_INDEX_schema] = first[MW_RESULTS_schema],
                             [MW_INDEX_utc] = first[MW_RESULTS_utc],
                             [MW_INDEX_rows] = mw_whole((int64_t)t->n_rows),
                             [MW_INDEX_bytes] = mw_whole((int64_t)files->bytes),
                             [MW_INDEX_folder] = mw_text(folder),
                         });
    return index->out_of_memory ? mw_fail(err, -ENOMEM, "no memory for the index") : 0;
}

int mw_merge_describe(const char *path, mw_csv *index, mw_error *err)
{
    mw_csv t = mw_csv_results();
    mw_merge_files files;
    char *lists[6] = {malloc(6 * (size_t)LONGEST_LIST)};
    int rc = lists[0] ? mw_merge_list(path, &files, err) : mw_fail(err, -ENOMEM, "%s: no memory to read it", path);
    for (int i = 1; i < 6 && lists[0]; i++)
        lists[i] = lists[0] + i * (size_t)LONGEST_LIST;
    if (!rc) {
        rc = mw_folder_read(path, &t, NULL, 0, err);
        if (!rc)
            rc = mw_folder_check(path, &t, err);
        if (!rc)
            rc = add_row(path, &t, &files, lists, index, err);
        mw_merge_files_free(&files);
    }
    mw_csv_free(&t);
    free(lists[0]);
    return rc;
}
