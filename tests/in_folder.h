/* Paths in a folder of the test's own, which mkdtemp(folder) makes. */
#ifndef MW_TESTS_IN_FOLDER_H
#define MW_TESTS_IN_FOLDER_H

#include <stdio.h>

static char folder[] = "/tmp/memwall-test-XXXXXX";

/* folder/name, in one of a few static buffers. */
static const char *in_folder(const char *name)
{
    static char paths[4][256];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

#endif
