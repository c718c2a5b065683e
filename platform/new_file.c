#include "platform/new_file.h"

#include "platform/os.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LONGEST_NAME = 255 }; /* the limit of file systems */

/* How the cache folder is chosen. */
#define CACHE " (for the cache: set MEMWALL_CACHE)"

/* The folder that `path` lies in. */
static void folder_of(const char *path, char *folder, size_t size)
{
    snprintf(folder, size, "%s", path);
    char *slash = strrchr(folder, '/');
    if (!slash)
        snprintf(folder, size, ".");
    else if (slash == folder)
        slash[1] = '\0';
    else
        *slash = '\0';
}

/* An unnamed file where the system supports that, else one with a temporary name. */
static int open_temporary(mw_new_file *f, const char *folder)
{
#ifdef O_TMPFILE
    f->fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0644);
    f->unnamed = f->fd >= 0;
    if (f->unnamed)
        return 0;
#else
    (void)folder;
#endif
    f->fd = mkstemp(f->temporary);
    if (f->fd < 0)
        return -errno;
    fchmod(f->fd, 0644);
    return 0;
}

int mw_new_file_open(const char *path, uint64_t bytes, mw_new_file *f, mw_error *err)
{
    *f = (mw_new_file){.fd = -1};
    int n = snprintf(f->path, sizeof f->path, "%s", path);
    if (n < 1 || (size_t)n >= sizeof f->path)
        return mw_fail(err, -ENAMETOOLONG, "%.60s: a path of %d characters cannot be used", path, n);
    if (path[n - 1] == '/')
        return mw_fail(err, -EISDIR, "%s: names a folder; give the name of a file", path);
    const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    if (strlen(name) > LONGEST_NAME)
        return mw_fail(err, -ENAMETOOLONG, "%.60s...: a name of %zu characters is too long; choose a shorter one", name,
                       strlen(name));
    char folder[512];
    folder_of(path, folder, sizeof folder);
    struct stat st;
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
        return mw_fail(err, -EEXIST, "%s: exists and is not a regular file; choose another name", path);
    int rc = mw_make_folders(folder, err);
    if (rc)
        return rc;
    int64_t space = mw_disk_free(folder);
    if (space != MW_UNKNOWN && (uint64_t)space < bytes)
        return mw_fail(err, -ENOSPC,
                       "%s: %llu MiB are needed, %lld MiB are free; make room, or choose another folder" CACHE, folder,
                       (unsigned long long)(bytes >> 20), (long long)(space >> 20));
    snprintf(f->temporary, sizeof f->temporary, "%s/.memwall.tmp-XXXXXX", folder);
    rc = open_temporary(f, folder);
    if (rc)
        return mw_fail(err, rc, "%s: cannot be written: %s; choose another folder" CACHE, folder, strerror(-rc));
    return 0;
}

/* Gives an unnamed file a temporary name: a link cannot replace an older file, a rename can. -errno where the system or
 * the file system has no such links (or no /proc). */
static int link_temporary(mw_new_file *f)
{
    char self[64];
    snprintf(self, sizeof self, "/proc/self/fd/%d", f->fd);
    size_t n = strlen(f->temporary);
    for (int i = 0; i < 1000; i++) {
        snprintf(f->temporary + n - 6, 7, "%06x", ((unsigned)getpid() + (unsigned)i) & 0xffffffu);
        if (linkat(AT_FDCWD, self, AT_FDCWD, f->temporary, AT_SYMLINK_FOLLOW) == 0)
            return 0;
        if (errno != EEXIST)
            break;
    }
    return -errno;
}

static int sync_file(const mw_new_file *f, mw_error *err)
{
    const int rc = mw_file_sync(f->fd);
    return rc ? mw_fail(err, rc, "%s: cannot be written: %s", f->path, strerror(-rc)) : 0;
}

static int copy_bytes(int from, int to, const char *path, mw_error *err)
{
    enum { CHUNK = 1 << 20 };
    struct stat st;
    char *chunk = malloc(CHUNK);
    if (!chunk || fstat(from, &st)) {
        free(chunk);
        return mw_fail(err, -ENOMEM, "%s: no memory to put it in place", path);
    }
    mw_file file = {.fd = from, .bytes = (uint64_t)st.st_size};
    snprintf(file.path, sizeof file.path, "%s", path);
    int rc = 0;
    for (uint64_t at = 0; !rc && at < file.bytes; at += CHUNK) {
        const size_t some = file.bytes - at < CHUNK ? (size_t)(file.bytes - at) : CHUNK;
        rc = mw_file_read(&file, at, chunk, some, err);
        if (!rc)
            rc = mw_write_all(to, chunk, some, path, err);
    }
    free(chunk);
    return rc;
}

/* The way around link_temporary: a second file, with a name, gets what the first one holds and takes its place. */
static int copy_to_named(mw_new_file *f, mw_error *err)
{
    memcpy(f->temporary + strlen(f->temporary) - 6, "XXXXXX", 6); /* link_temporary has tried others */
    const int fd = mkstemp(f->temporary);
    if (fd < 0)
        return mw_fail(err, -errno, "%s: cannot be put in place: %s", f->path, strerror(errno));
    fchmod(fd, 0644);
    const int rc = copy_bytes(f->fd, fd, f->path, err);
    close(f->fd);
    f->fd = fd;
    f->unnamed = false;
    return rc ? rc : sync_file(f, err);
}

int mw_new_file_close(mw_new_file *f, int failed, mw_error *err)
{
    if (f->fd < 0)
        return failed;
    if (!failed)
        failed = sync_file(f, err);
    if (!failed && f->unnamed) {
        f->unnamed = link_temporary(f) != 0;
        if (f->unnamed)
            failed = copy_to_named(f, err);
    }
    const bool named = !f->unnamed;
    if (close(f->fd) && !failed)
        failed = mw_fail(err, -errno, "%s: cannot be written: %s", f->path, strerror(errno));
    f->fd = -1;
    if (!failed && rename(f->temporary, f->path))
        failed = mw_fail(err, -errno, "%s: cannot be put in place: %s", f->path, strerror(errno));
    if (failed && named)
        unlink(f->temporary);
    return failed;
}
