/* Paths in a folder of the test's own, which mkdtemp(folder) makes. */
#ifndef MW_TESTS_IN_FOLDER_H
#define MW_TESTS_IN_FOLDER_H

#include <stdio.h>
#include <stdlib.h>

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

/* Writes a file there; returns its path. */
__attribute__((unused)) static const char *write_file(const char *name, const char *text)
{
    const char *path = in_folder(name);
    FILE *f = fopen(path, "w");
    if (!f || fputs(text, f) < 0 || fclose(f))
        exit(2);
    return path;
}

#endif
