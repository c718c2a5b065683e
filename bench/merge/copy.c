/* The files of a result folder: listed, compared, copied. */
#include "bench/merge/merge_parts.h"
#include "platform/os.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_FILES = 1000, CHUNK = 1 << 20 };

const char *mw_merge_in(const char *folder, const char *name, char to[MW_MERGE_PATH])
{
    if (snprintf(to, MW_MERGE_PATH, "%s/%s", folder, name) >= MW_MERGE_PATH)
        to[0] = '\0';
    return to;
}

/* --- the list --- */

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

void mw_merge_files_free(mw_merge_files *f)
{
    free(f->names);
    *f = (mw_merge_files){0};
}

static int list(DIR *d, const char *folder, mw_merge_files *f, mw_error *err)
{
    for (struct dirent *e; (e = readdir(d));) {
        struct stat st;
        if (e->d_name[0] == '.' || fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode))
            continue;
        if (f->n == MOST_FILES)
            return mw_fail(err, -EINVAL, "%s: more than %d files; is this a result folder?", folder, MOST_FILES);
        snprintf(f->names[f->n++], sizeof *f->names, "%s", e->d_name);
        f->bytes += (uint64_t)st.st_size;
    }
    qsort(f->names, f->n, sizeof *f->names, by_name);
    if (!f->n || !bsearch("results.csv", f->names, f->n, sizeof *f->names, by_name))
        return mw_fail(err, -EINVAL, "%s/results.csv: is not a regular file", folder);
    return 0;
}

int mw_merge_list(const char *folder, mw_merge_files *f, mw_error *err)
{
    DIR *d = opendir(folder);
    *f = (mw_merge_files){0};
    if (!d)
        return mw_fail(err, -errno, "%s: cannot be read: %s", folder, strerror(errno));
    f->names = calloc(MOST_FILES, sizeof *f->names);
    int rc = f->names ? list(d, folder, f, err) : mw_fail(err, -ENOMEM, "%s: no memory to list it", folder);
    closedir(d);
    if (rc)
        mw_merge_files_free(f);
    return rc;
}

/* --- the same or not --- */

/* `chunk` holds two chunks. */
static int same_bytes(const mw_file *a, const mw_file *b, char *chunk, mw_error *err)
{
    int rc = 0;
    bool same = a->bytes == b->bytes;
    for (uint64_t at = 0; !rc && same && at < a->bytes; at += CHUNK) {
        const size_t some = a->bytes - at < CHUNK ? (size_t)(a->bytes - at) : CHUNK;
        rc = mw_file_read(a, at, chunk, some, err);
        if (!rc)
            rc = mw_file_read(b, at, chunk + CHUNK, some, err);
        same = !rc && memcmp(chunk, chunk + CHUNK, some) == 0;
    }
    return rc || same ? rc : mw_fail(err, -EEXIST, "%s differs from %s", a->path, b->path);
}

static int same_file(const char *a, const char *b, char *chunk, mw_error *err)
{
    mw_file file_a, file_b;
    int rc = mw_file_open(a, &file_a, err);
    if (rc)
        return rc;
    rc = mw_file_open(b, &file_b, err);
    if (!rc) {
        rc = same_bytes(&file_a, &file_b, chunk, err);
        mw_file_close(&file_b);
    }
    mw_file_close(&file_a);
    return rc;
}

static int same_files(const char *a, const char *b, const mw_merge_files *in_a, const mw_merge_files *in_b,
                      mw_error *err)
{
    char path_a[MW_MERGE_PATH], path_b[MW_MERGE_PATH];
    for (size_t i = 0; i < in_a->n || i < in_b->n; i++) {
        const int order = i == in_a->n ? 1 : i == in_b->n ? -1 : strcmp(in_a->names[i], in_b->names[i]);
        if (order)
            return mw_fail(err, -EEXIST, "only %.300s has %.60s", order < 0 ? a : b,
                           order < 0 ? in_a->names[i] : in_b->names[i]);
    }
    char *chunk = malloc(2 * (size_t)CHUNK);
    int rc = chunk ? 0 : mw_fail(err, -ENOMEM, "%s: no memory to compare it", a);
    for (size_t i = 0; i < in_a->n && !rc; i++)
        rc = same_file(mw_merge_in(a, in_a->names[i], path_a), mw_merge_in(b, in_a->names[i], path_b), chunk, err);
    free(chunk);
    return rc;
}

int mw_merge_same(const char *a, const char *b, mw_error *err)
{
    mw_merge_files in_a, in_b;
    int rc = mw_merge_list(a, &in_a, err);
    if (rc)
        return rc;
    rc = mw_merge_list(b, &in_b, err);
    if (!rc)
        rc = same_files(a, b, &in_a, &in_b, err);
    mw_merge_files_free(&in_a);
    mw_merge_files_free(&in_b);
    return rc;
}

/* --- the copy --- */

static int cannot_write(const char *path, int rc, mw_error *err)
{
    return mw_fail(err, rc, "%s: cannot be written: %s", path, strerror(-rc));
}

static int copy_bytes(const mw_file *from, int to, const char *path, char *chunk, bool *fatal, mw_error *err)
{
    int rc = 0;
    for (uint64_t at = 0; !rc && at < from->bytes; at += CHUNK) {
        const size_t some = from->bytes - at < CHUNK ? (size_t)(from->bytes - at) : CHUNK;
        rc = mw_file_read(from, at, chunk, some, err);
        if (!rc) {
            rc = mw_write_all(to, chunk, some, path, err);
            *fatal = rc != 0;
        }
    }
    return rc;
}

static int copy_file(const char *from, const char *to, char *chunk, bool *fatal, mw_error *err)
{
    mw_file file;
    int rc = mw_file_open(from, &file, err);
    if (rc)
        return rc;
    const int fd = open(to, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);
    *fatal = fd < 0;
    rc = fd < 0 ? cannot_write(to, -errno, err) : copy_bytes(&file, fd, to, chunk, fatal, err);
    if (fd >= 0 && close(fd) && !rc) {
        *fatal = true;
        rc = cannot_write(to, -errno, err);
    }
    mw_file_close(&file);
    return rc;
}

int mw_merge_copy(const char *from, const char *to, bool *fatal, mw_error *err)
{
    char old[MW_MERGE_PATH], new[MW_MERGE_PATH];
    mw_merge_files files;
    *fatal = false;
    int rc = mw_merge_list(from, &files, err);
    if (rc)
        return rc;
    char *chunk = malloc(CHUNK);
    if (!chunk)
        rc = mw_fail(err, -ENOMEM, "%s: no memory to copy it", from);
    for (size_t i = 0; i < files.n && !rc; i++)
        rc = copy_file(mw_merge_in(from, files.names[i], old), mw_merge_in(to, files.names[i], new), chunk, fatal, err);
    free(chunk);
    mw_merge_files_free(&files);
    return rc;
}

int mw_merge_sync(const char *folder, mw_error *err)
{
    char path[MW_MERGE_PATH];
    mw_merge_files files;
    int rc = mw_merge_list(folder, &files, err);
    if (rc)
        return rc;
    for (size_t i = 0; i < files.n && !rc; i++) {
        const int fd = open(mw_merge_in(folder, files.names[i], path), O_RDONLY | O_CLOEXEC);
        rc = fd < 0 ? -errno : mw_file_sync(fd);
        if (rc)
            cannot_write(path, rc, err);
        if (fd >= 0)
            close(fd);
    }
    mw_merge_files_free(&files);
    return rc;
}
