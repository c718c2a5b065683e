#include "bench/merge/merge.h"
#include "bench/merge/merge_parts.h"

#include "bench/run/output.h"
#include "bench/tables/folders.h"
#include "platform/os.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Everything else in a set that starts with a dot is what a killed merge left. */
static const char lock_name[] = ".memwall-lock";

typedef struct merge {
    const char *set;
    const mw_merge_streams *streams;
    int lock;
    mw_csv index;
    mw_merge_batch batch;
    size_t added, refused;
} merge;

/* --- the set: its folder and its lock --- */

/* -EEXIST if the folder holds anything but a set. */
static int check_set(const char *set, mw_error *err)
{
    char path[MW_MERGE_PATH];
    struct stat st;
    DIR *d = opendir(set);
    if (!d && errno == ENOENT)
        return 0;
    if (!d)
        return mw_fail(err, -errno, "%s: cannot be read: %s; choose another set", set, strerror(errno));
    bool others = false;
    for (struct dirent *e; (e = readdir(d));)
        others |= e->d_name[0] != '.';
    closedir(d);
    const bool runs = stat(mw_merge_in(set, "runs", path), &st) == 0 && S_ISDIR(st.st_mode);
    if (others && (!runs || access(mw_merge_in(set, "results.csv", path), F_OK) == 0))
        return mw_fail(err, -EEXIST, "%s: is neither a set nor an empty folder; choose another set", set);
    return 0;
}

static int lock_set(merge *m, mw_error *err)
{
    char path[MW_MERGE_PATH];
    int rc = mw_make_folders(mw_merge_in(m->set, "runs", path), err);
    if (rc)
        return rc;
    m->lock = open(mw_merge_in(m->set, lock_name, path), O_CREAT | O_RDWR | O_CLOEXEC, 0644);
    if (m->lock < 0)
        return mw_fail(err, -errno, "%s: cannot be written: %s; choose another set", m->set, strerror(errno));
    if (flock(m->lock, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK) { /* some file systems know no locks */
        if (m->streams->talk)
            fprintf(m->streams->talk, "waiting for another merge into %s\n", m->set);
        while (flock(m->lock, LOCK_EX) && errno == EINTR)
            ;
    }
    return 0;
}

static void remove_leftovers(const char *set)
{
    char path[MW_MERGE_PATH];
    DIR *d = opendir(set);
    for (struct dirent *e; d && (e = readdir(d));)
        if (strncmp(e->d_name, ".memwall", 8) == 0 && strcmp(e->d_name, lock_name) != 0) {
            unlink(mw_merge_in(set, e->d_name, path)); /* fails for folders */
            mw_output_remove(path);
        }
    if (d)
        closedir(d);
}

/* --- one folder after the other --- */

static void refuse(merge *m, const char *why)
{
    m->refused++;
    fprintf(m->streams->errors, "bench: not merged: %s\n", why);
}

static const char *last_folder(const merge *m)
{
    return mw_csv_cells(&m->index, m->index.n_rows - 1)[MW_INDEX_folder].text;
}

static void drop_last(merge *m)
{
    for (size_t c = 0; c < m->index.n_columns; c++)
        mw_csv_replace(&m->index, m->index.n_rows - 1, c, (mw_cell){MW_CELL_EMPTY});
    m->index.n_rows--;
}

/* A run that the set has. */
static int take_old(merge *m, const char *path, mw_error *err)
{
    int rc = mw_merge_describe(path, &m->index, err);
    if (!rc && strcmp(path + strlen(m->set) + 1, last_folder(m)) != 0) {
        rc = mw_fail(err, -EINVAL, "%s: belongs to %s; move it there", path, last_folder(m));
        drop_last(m);
    }
    return rc;
}

static bool same_folder(const char *a, const char *b)
{
    struct stat at_a, at_b;
    return stat(a, &at_a) == 0 && stat(b, &at_b) == 0 && at_a.st_dev == at_b.st_dev && at_a.st_ino == at_b.st_ino;
}

/* A folder that was found. *fatal: the set cannot be written. */
static int take_new(merge *m, const char *path, bool *fatal, mw_error *err)
{
    char place[MW_MERGE_PATH];
    struct stat st;
    int rc = mw_merge_describe(path, &m->index, err);
    if (rc)
        return rc;
    const mw_cell *row = mw_csv_cells(&m->index, m->index.n_rows - 1);
    mw_merge_in(m->set, last_folder(m), place);
    const char *there = lstat(place, &st) == 0 ? place : mw_merge_batch_find(&m->batch, place);
    if (!there) {
        rc = mw_merge_batch_add(&m->batch, path, place, fatal, err);
        m->added += !rc;
    }
    mw_error why;
    if (there && !same_folder(path, there) && (rc = mw_merge_same(path, there, &why)))
        mw_fail(err, rc, "%.200s: run %.40s of %.40s is in the set with other content: %.300s", path,
                row[MW_INDEX_run_id].text, row[MW_INDEX_host].text, why.text);
    if (there || rc)
        drop_last(m);
    return rc;
}

/* All result folders below `top`, in the set or not. Fails only if nothing else can go on. */
static int take_all(merge *m, const char *top, bool in_set, mw_error *err)
{
    mw_folders found = {0};
    mw_error why;
    int rc = mw_folders_find(top, &found, &why);
    if (!rc && found.n == 0 && !in_set)
        rc = mw_fail(&why, -ENOENT, "%s: holds no result folder", top);
    if (rc)
        refuse(m, why.text);
    for (size_t i = 0; i < found.n; i++) {
        bool fatal = false;
        rc = in_set ? take_old(m, found.paths[i], &why) : take_new(m, found.paths[i], &fatal, &why);
        if (fatal || rc == -ENOMEM) {
            mw_folders_free(&found);
            return mw_fail(err, rc, "%s", why.text);
        }
        if (rc)
            refuse(m, why.text);
    }
    mw_folders_free(&found);
    return 0;
}

/* --- all together --- */

static int by_folder(const void *a, const void *b)
{
    return strcmp(((const mw_cell *)a)[MW_INDEX_folder].text, ((const mw_cell *)b)[MW_INDEX_folder].text);
}

static void tell(const merge *m)
{
    double rows = 0, bytes = 0;
    size_t hosts = 0;
    for (size_t i = 0; i < m->index.n_rows; i++) {
        const mw_cell *row = mw_csv_cells(&m->index, i);
        rows += row[MW_INDEX_rows].number;
        bytes += row[MW_INDEX_bytes].number;
        hosts += i == 0 || strcmp(row[MW_INDEX_host].text, (row - m->index.n_columns)[MW_INDEX_host].text) != 0;
    }
    if (m->streams->talk)
        fprintf(m->streams->talk, "set: %s: %zu runs, %zu new, %zu hosts, %.0f rows, %.0f bytes\n", m->set,
                m->index.n_rows, m->added, hosts, rows, bytes);
}

static int fill(merge *m, char *const *folders, int n, mw_error *err)
{
    char runs[MW_MERGE_PATH];
    remove_leftovers(m->set);
    int rc = take_all(m, mw_merge_in(m->set, "runs", runs), true, err);
    for (int i = 0; i < n && !rc; i++)
        rc = take_all(m, folders[i], false, err);
    rc = mw_merge_batch_end(&m->batch, rc, err);
    if (rc)
        return rc;
    if (m->index.n_rows > 0)
        qsort(m->index.cells, m->index.n_rows, m->index.n_columns * sizeof *m->index.cells, by_folder);
    return mw_merge_write_index(&m->index, m->set, err);
}

int mw_merge(const char *set, char *const *folders, int n, mw_format format, const mw_merge_streams *streams,
             mw_error *err)
{
    char path[MW_MERGE_PATH];
    static merge m; /* its batch is large for a stack */
    m = (merge){.set = path, .streams = streams, .lock = -1, .index = mw_csv_index(), .batch = {.set = path}};
    size_t length = strlen(set);
    while (length > 1 && set[length - 1] == '/')
        length--;
    if (length == 0 || length > 400)
        return mw_fail(err, -ENAMETOOLONG, "--merge: a set with a path of %zu characters cannot be used", length);
    snprintf(path, sizeof path, "%.*s", (int)length, set);
    int rc = check_set(path, err);
    if (!rc)
        rc = lock_set(&m, err);
    if (!rc)
        rc = fill(&m, folders, n, err);
    if (m.lock >= 0)
        close(m.lock);
    if (!rc)
        rc = mw_merge_print_index(&m.index, format, streams->to, err);
    if (!rc && (fflush(streams->to) || ferror(streams->to)))
        rc = mw_fail(err, -EIO, "the index cannot be printed: is the disk full?");
    if (!rc)
        tell(&m);
    if (!rc && m.refused > 0)
        rc = mw_fail(err, -EDOM, "%zu folder%s not merged; see above", m.refused, m.refused == 1 ? " was" : "s were");
    mw_csv_free(&m.index);
    return rc;
}
