#include "platform/place.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef __APPLE__
#include <mach-o/dyld.h>
#endif

/* The folder of the running program, without symbolic links. */
static bool own_folder(char to[PATH_MAX])
{
#ifdef __APPLE__
    char given[PATH_MAX];
    uint32_t room = sizeof given;
    if (_NSGetExecutablePath(given, &room) || !realpath(given, to))
        return false;
#else
    const ssize_t n = readlink("/proc/self/exe", to, PATH_MAX - 1);
    if (n <= 0)
        return false;
    to[n] = '\0';
#endif
    char *slash = strrchr(to, '/');
    if (slash)
        *slash = '\0';
    return slash;
}

int mw_place_find(const char *installed, const char *built, const char *name, char *to, size_t size, mw_error *err)
{
    const char *const folders[] = {installed, built};
    char own[PATH_MAX];
    if (!own_folder(own))
        return mw_fail(err, -ENOENT, "%s: cannot be found, because this system does not tell where the program is",
                       name);
    for (int i = 0; i < 2; i++) {
        const bool absolute = *folders[i] == '/';
        const int n = snprintf(to, size, "%s%s%s/%s", absolute ? "" : own, absolute ? "" : "/", folders[i], name);
        if (n >= 0 && (size_t)n < size && access(to, R_OK) == 0)
            return 0;
    }
    return mw_fail(err, -ENOENT, "%s is not in %s%s%s; install memwall again", name, *installed == '/' ? "" : own,
                   *installed == '/' ? "" : "/", installed);
}
