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

#endif
