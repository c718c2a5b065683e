#include "engine/cache.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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
                   "%s: no such file, nor one of that name in the cache (%s); give a path, or get it with "
                   "fetch-models.sh",
                   spec, path);
}
