#ifndef MW_TESTS_SAME_FILES_H
#define MW_TESTS_SAME_FILES_H

#include <stdbool.h>
#include <stdio.h>

/* Whether two files hold the same bytes; *bytes, unless NULL, is how many. */
static bool same_files(const char *a, const char *b, long *bytes)
{
    FILE *f = fopen(a, "rb"), *g = fopen(b, "rb");
    bool same = f && g;
    long n = 0;
    for (int x = 0, y; same && x != EOF; n += x != EOF) {
        x = getc(f);
        y = getc(g);
        same = x == y;
    }
    if (f)
        fclose(f);
    if (g)
        fclose(g);
    if (bytes)
        *bytes = n;
    return same;
}

#endif
