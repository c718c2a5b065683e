/* Made-up folders that look like a machine's /proc and /sys. */
#ifndef MW_TESTS_MADE_TREE_H
#define MW_TESTS_MADE_TREE_H

#include "platform/os.h"

#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Writes a file of one line, `path` below `root`, with the folders that it needs. An open descriptor of it sees the new
 * line. */
static bool tree_put(const char *root, const char *path, const char *text)
{
    char name[512];
    snprintf(name, sizeof name, "%s%s", root, path);
    char *slash = strrchr(name, '/');
    *slash = '\0';
    bool ok = mw_make_folders(name, NULL) == 0;
    *slash = '/';
    FILE *f = ok ? fopen(name, "w") : NULL;
    ok = f && fprintf(f, "%s\n", text) >= 0;
    return f && fclose(f) == 0 && ok;
}

static int tree_take_away(const char *path, const struct stat *st, int kind, struct FTW *where)
{
    (void)st, (void)kind, (void)where;
    return remove(path);
}

static void tree_remove(const char *root)
{
    nftw(root, tree_take_away, 16, FTW_DEPTH | FTW_PHYS);
}

#endif
