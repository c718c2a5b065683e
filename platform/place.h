/* Files that belong to a program, found from where the program itself is, so that an installed tree can be moved. */
#ifndef MW_PLATFORM_PLACE_H
#define MW_PLATFORM_PLACE_H

#include "platform/error.h"

#include <stddef.h>

/* Finds the readable file `name` and puts its path into to[size]. `installed` and `built` are the folders in which it
 * may be, tried in this order: in an installed tree, and where the program was built. Both are absolute or relative to
 * the folder of the running program; symbolic links to the program are followed. -ENOENT names the first place. */
int mw_place_find(const char *installed, const char *built, const char *name, char *to, size_t size, mw_error *err);

#endif
