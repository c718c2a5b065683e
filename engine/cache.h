/* The cache folder: $MEMWALL_CACHE, else $XDG_CACHE_HOME/memwall, else ~/.cache/memwall. */
#ifndef MW_ENGINE_CACHE_H
#define MW_ENGINE_CACHE_H

#include "platform/error.h"

#include <stddef.h>
#include <stdint.h>

/* The path of `name` in the cache folder, which is not created. */
int mw_cache_path(const char *name, char *path, size_t size, mw_error *err);

/* The path of the file that `spec` means: `spec` itself if it exists or contains a '/', else NAME.bin or NAME in the
 * cache folder. -ENOENT names both places. */
int mw_cache_find(const char *spec, char *path, size_t size, mw_error *err);

/* A file that is being made: it gets its final name only when it is complete. */
typedef struct mw_new_file {
    int fd;
    char path[512], temporary[560];
} mw_new_file;

/* Creates the folder of `path` if need be, checks that `bytes` fit on its disk, and opens a temporary file beside it.
 */
int mw_new_file_open(const char *path, uint64_t bytes, mw_new_file *file, mw_error *err);

/* Gives the file its final name, or, after `failed`, removes it. Returns `failed` or what went wrong here. */
int mw_new_file_close(mw_new_file *file, int failed, mw_error *err);

#endif
