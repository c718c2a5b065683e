#include "bench/all/last_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void mw_last_words_leave(const char *line)
{
    const char *file = getenv(MW_LAST_WORDS_VARIABLE);
    FILE *f = file && *file ? fopen(file, "w") : NULL;
    if (!f)
        return;
    fprintf(f, "%s\n", line);
    fclose(f);
}

bool mw_last_words_take(const char *file, char *to, size_t size)
{
    FILE *f = fopen(file, "r");
    to[0] = '\0';
    if (!f)
        return false;
    if (fgets(to, (int)size, f))
        to[strcspn(to, "\n")] = '\0';
    fclose(f);
    remove(file);
    return to[0] != '\0';
}
