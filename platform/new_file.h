/* A file that is being written: it gets its name only when it is complete. If the program ends before that, for
 * whatever reason, nothing is left under that name, and an older file of that name is untouched. */
#ifndef MW_PLATFORM_NEW_FILE_H
#define MW_PLATFORM_NEW_FILE_H

#include "platform/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct mw_new_file {
    int fd;
    bool unnamed; /* no entry in any folder yet: a killed process leaves nothing at all */
    char path[512], temporary[560];
} mw_new_file;

/* Creates the folder of `path` if necessary, checks that `bytes` fit on its disk, and opens a new file for writing
 * there.
 */
int mw_new_file_open(const char *path, uint64_t bytes, mw_new_file *file, mw_error *err);

/* Flushes the file to the disk, where there is such a thing, and gives it its name, or, after `failed`, removes it.
 * Returns `failed` or what went wrong here. */
int mw_new_file_close(mw_new_file *file, int failed, mw_error *err);

#endif
