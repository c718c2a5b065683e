#include "bench/tables/folders.h"

#include "platform/os.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LONGEST_PATH = 1000 };

static int no_memory(mw_error *err)
{
    return mw_fail(err, -ENOMEM, "no memory for the names of the result folders");
}

static int append(mw_folders *f, char *path, mw_error *err)
{
    if (path && f->n == f->room) {
        const size_t room = f->room ? 2 * f->room : 64;
        char **paths = realloc(f->paths, room * sizeof *paths);
        if (paths) {
            f->paths = paths;
            f->room = room;
        }
    }
    if (!path || f->n == f->room) {
        free(path);
        return no_memory(err);
    }
    f->paths[f->n++] = path;
    return 0;
}

void mw_folders_free(mw_folders *f)
{
    for (size_t i = 0; i < f->n; i++)
        free(f->paths[i]);
    free(f->paths);
    *f = (mw_folders){0};
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Whether the entry of an open folder is a folder itself, and no link to one. */
static bool is_folder(int at, const char *name)
{
    struct stat st;
    return fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

/* The folders in folder `at`, sorted; whether it holds results.csv. */
static int list(DIR *at, const char *path, mw_folders *inside, bool *holds_results, mw_error *err)
{
    int rc = 0;
    for (struct dirent *e; !rc && (e = readdir(at));) {
        *holds_results |= strcmp(e->d_name, "results.csv") == 0;
        if (e->d_name[0] == '.' || !is_folder(dirfd(at), e->d_name))
            continue;
        char *name = NULL;
        if (strlen(path) + strlen(e->d_name) + 2 > LONGEST_PATH)
            return mw_fail(err, -ENAMETOOLONG, "%.200s...: a path below it has more than %d bytes", path, LONGEST_PATH);
        rc = append(inside, asprintf(&name, "%s/%s", path, e->d_name) < 0 ? NULL : name, err);
    }
    if (inside->n > 0)
        qsort(inside->paths, inside->n, sizeof *inside->paths, by_name);
    return rc;
}

/* The depth is limited by that of paths. */
static int walk(const char *path, mw_folders *found, mw_error *err)
{
    mw_folders inside = {0};
    bool holds_results = false;
    DIR *at = opendir(path);
    int rc = at ? list(at, path, &inside, &holds_results, err) : 0;
    if (at)
        closedir(at);
    if (!rc && (holds_results || !at))
        rc = append(found, strdup(path), err);
    for (size_t i = 0; i < inside.n && !rc; i++)
        rc = walk(inside.paths[i], found, err);
    mw_folders_free(&inside);
    return rc;
}

int mw_folders_find(const char *top, mw_folders *found, mw_error *err)
{
    char path[LONGEST_PATH];
    struct stat st;
    int n = snprintf(path, sizeof path, "%s", top);
    if (n >= LONGEST_PATH)
        return mw_fail(err, -ENAMETOOLONG, "%.200s...: a path of %d characters is too long", top, n);
    while (n > 1 && path[n - 1] == '/')
        path[--n] = '\0';
    if (stat(path, &st))
        return mw_fail(err, -errno, "%s: %s", path, strerror(errno));
    if (!S_ISDIR(st.st_mode))
        return mw_fail(err, -ENOTDIR, "%s: is not a folder", path);
    return walk(path, found, err);
}

bool mw_folders_is_tree(const char *path)
{
    struct stat st;
    char inside[LONGEST_PATH + 16];
    if (stat(path, &st) || !S_ISDIR(st.st_mode))
        return false;
    return snprintf(inside, sizeof inside, "%s/results.csv", path) < (int)sizeof inside && access(inside, F_OK) != 0;
}
