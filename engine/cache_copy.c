/* Copies in the cache folder that were made from a file, in another format. */
#include "engine/cache.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int mw_cache_copy_of(const mw_file *file, const char *kind, const char *ending, mw_cache_copy *copy, mw_error *err)
{
    mw_file_state now;
    char name[160];
    int rc = mw_file_look(file, &now, err);
    if (rc)
        return rc;
    snprintf(copy->prefix, sizeof copy->prefix, "%.8s-%llx-%llx-", kind, (unsigned long long)now.device,
             (unsigned long long)now.inode);
    snprintf(copy->state, sizeof copy->state, "%s%llx-%llx.%09lld", copy->prefix, (unsigned long long)now.bytes,
             (unsigned long long)now.changed_s, (long long)now.changed_ns);
    snprintf(name, sizeof name, "%s%.16s", copy->state, ending);
    return mw_cache_path(name, copy->path, sizeof copy->path, err);
}

void mw_cache_remove_stale(const mw_cache_copy *copy)
{
    char folder[512];
    snprintf(folder, sizeof folder, "%s", copy->path);
    char *slash = strrchr(folder, '/');
    if (!slash)
        return;
    *slash = '\0';
    DIR *d = opendir(folder);
    for (struct dirent *e; d && (e = readdir(d));) {
        char old[1024];
        snprintf(old, sizeof old, "%s/%s", folder, e->d_name);
        if (strncmp(e->d_name, copy->prefix, strlen(copy->prefix)) == 0 &&
            strncmp(e->d_name, copy->state, strlen(copy->state)) != 0)
            unlink(old);
    }
    if (d)
        closedir(d);
}
