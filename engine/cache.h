/* The cache folder: $MEMWALL_CACHE, else $XDG_CACHE_HOME/memwall, else ~/.cache/memwall. */
#ifndef MW_ENGINE_CACHE_H
#define MW_ENGINE_CACHE_H

#include "platform/os.h"

#include <stddef.h>
#include <stdint.h>

/* The path of `name` in the cache folder, which is not created. */
int mw_cache_path(const char *name, char *path, size_t size, mw_error *err);

/* The path of the file that `spec` refers to: `spec` itself if it exists or contains a '/', else NAME.bin or NAME in
 * the cache folder. -ENOENT names both places. */
int mw_cache_find(const char *spec, char *path, size_t size, mw_error *err);

/* The place of a file made from another one: KIND-DEVICE-INODE-BYTES-TIMEENDING, so that a copy of an older state of
 * the file is not found. */
typedef struct mw_cache_copy {
    char path[512];
    char prefix[64]; /* the beginning that names of copies of the same file share */
    char state[128]; /* and copies of its present state */
} mw_cache_copy;
int mw_cache_copy_of(const mw_file *file, const char *kind, const char *ending, mw_cache_copy *copy, mw_error *err);

/* Removes copies of that kind that were made from earlier states of the same file, whatever their ending. */
void mw_cache_remove_stale(const mw_cache_copy *copy);

#endif
