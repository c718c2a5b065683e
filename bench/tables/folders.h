/* Result folders below a folder, and what every one of them has to be. */
#ifndef MW_BENCH_FOLDERS_H
#define MW_BENCH_FOLDERS_H

#include "bench/tables/csv.h"

/* Paths of result folders. */
typedef struct mw_folders {
    char **paths;
    size_t n, room;
} mw_folders;

/* Appends every folder that holds results.csv, `top` itself and all below it, in the order of their names. Symbolic
 * links below `top` are not followed. Names that start with a dot are passed over: unfinished runs and merges have such
 * names. A folder that cannot be listed is appended as well, so that reading it tells why. -ENOENT or -ENOTDIR if `top`
 * is no folder, -ENAMETOOLONG for paths over 1,000 bytes, -ENOMEM. */
int mw_folders_find(const char *top, mw_folders *found, mw_error *err);
void mw_folders_free(mw_folders *found);

/* Whether `path` is a folder without results.csv, so that it can only hold result folders. */
bool mw_folders_is_tree(const char *path);

/* Checks rows of results.csv that mw_folder_read has read from `path`: at least one, all of this schema, of one run,
 * host and CPU, metrics that this program knows, and numbers where numbers belong. -EINVAL with the first line that is
 * not so. */
int mw_folder_check(const char *path, const mw_csv *results, mw_error *err);

#endif
