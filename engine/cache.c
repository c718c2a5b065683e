#include "engine/cache.h"

#include "platform/os.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int mw_cache_path(const char *name, char *path, size_t size, mw_error *err)
{
    const char *cache = getenv("MEMWALL_CACHE"), *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    int n;
    if (cache && *cache)
        n = snprintf(path, size, "%s/%s", cache, name);
    else if (xdg && *xdg)
        n = snprintf(path, size, "%s/memwall/%s", xdg, name);
    else if (home && *home)
        n = snprintf(path, size, "%s/.cache/memwall/%s", home, name);
    else
        return mw_fail(err, -ENOENT, "no cache folder: set MEMWALL_CACHE to a folder for models");
    if (n < 0 || (size_t)n >= size)
        return mw_fail(err, -ENAMETOOLONG,
                       "the path of the cache folder is too long; set MEMWALL_CACHE to a shorter one");
    return 0;
}

int mw_cache_find(const char *spec, char *path, size_t size, mw_error *err)
{
    struct stat st;
    int n = snprintf(path, size, "%s", spec);
    if (n < 0 || (size_t)n >= size)
        return mw_fail(err, -ENAMETOOLONG, "%.60s...: the path is too long; use a shorter one", spec);
    if (strchr(spec, '/') || stat(path, &st) == 0)
        return 0;
    const char *const endings[] = {".bin", ""};
    for (int i = 0; i < 2; i++) {
        char name[300];
        snprintf(name, sizeof name, "%.256s%s", spec, endings[i]);
        int rc = mw_cache_path(name, path, size, err);
        if (rc)
            return rc;
        if (stat(path, &st) == 0)
            return 0;
    }
    return mw_fail(err, -ENOENT,
                   "%s: no such file, nor a model of that name in the cache (%s); give a path, a name, or "
                   "synthetic:stories110M",
                   spec, path);
}

int mw_new_file_open(const char *path, uint64_t bytes, mw_new_file *f, mw_error *err)
{
    *f = (mw_new_file){.fd = -1};
    int n = snprintf(f->path, sizeof f->path, "%s", path);
    if (n < 0 || (size_t)n >= sizeof f->path)
        return mw_fail(err, -ENAMETOOLONG, "%.60s...: the path is too long; use a shorter one", path);
    char folder[512];
    snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (slash && slash != folder) {
        *slash = '\0';
        int rc = mw_make_folders(folder, err);
        if (rc)
            return rc;
    } else {
        snprintf(folder, sizeof folder, "%s", slash ? "/" : ".");
    }
    int64_t space = mw_disk_free(folder);
    if (space != MW_UNKNOWN && (uint64_t)space < bytes)
        return mw_fail(err, -ENOSPC,
                       "%s: %llu MiB are needed, %lld MiB are free; make room or set MEMWALL_CACHE to "
                       "another folder",
                       folder, (unsigned long long)(bytes >> 20), (long long)(space >> 20));
    snprintf(f->temporary, sizeof f->temporary, "%s.tmp-XXXXXX", path);
    f->fd = mkstemp(f->temporary);
    if (f->fd < 0)
        return mw_fail(err, -errno, "%s: cannot be written: %s; set MEMWALL_CACHE to another folder", folder,
                       strerror(errno));
    fchmod(f->fd, 0644);
    return 0;
}

int mw_new_file_close(mw_new_file *f, int failed, mw_error *err)
{
    if (f->fd < 0)
        return failed;
    if (!failed && fsync(f->fd))
        failed = mw_fail(err, -errno, "%s: cannot be written: %s", f->path, strerror(errno));
    if (close(f->fd) && !failed)
        failed = mw_fail(err, -errno, "%s: cannot be written: %s", f->path, strerror(errno));
    f->fd = -1;
    if (!failed && rename(f->temporary, f->path))
        failed = mw_fail(err, -errno, "%s: cannot be put in place: %s", f->path, strerror(errno));
    if (failed)
        unlink(f->temporary);
    return failed;
}
