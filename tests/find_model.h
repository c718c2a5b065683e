/* Finds the model files some tests use. None is part of this project; a test without its file skips, and says so. */
#ifndef MW_TESTS_FIND_MODEL_H
#define MW_TESTS_FIND_MODEL_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#ifndef MW_SOURCE_ROOT
#define MW_SOURCE_ROOT "."
#endif

#define MW_TEST_MODEL_ABSENT \
    "no such file in $MEMWALL_TEST_MODELS, ../shared/models next to the source, or the cache folder"

/* Whether `folder``below`/`name` can be read; its path is then in `path`. */
static inline bool mw_test_model_at(char *path, size_t size, const char *folder, const char *below, const char *name)
{
    if (!folder || !*folder)
        return false;
    int length = snprintf(path, size, "%s%s/%s", folder, below, name);
    FILE *file = length > 0 && (size_t)length < size ? fopen(path, "rb") : NULL;
    if (file)
        fclose(file);
    return file != NULL;
}

/* Path of the model file `name`: in $MEMWALL_TEST_MODELS, else next to the source tree, else in the cache folder; NULL
 * if it is in none. The result is valid until the eighth call after this one. */
static inline const char *mw_test_model(const char *name)
{
    static char paths[8][4096];
    static unsigned turn;
    char *path = paths[turn++ % 8];
    const size_t size = sizeof paths[0];
    if (mw_test_model_at(path, size, getenv("MEMWALL_TEST_MODELS"), "", name) ||
        mw_test_model_at(path, size, MW_SOURCE_ROOT, "/../shared/models", name))
        return path;

    const char *cache = getenv("MEMWALL_CACHE"), *xdg = getenv("XDG_CACHE_HOME");
    bool found = cache && *cache ? mw_test_model_at(path, size, cache, "", name)
                 : xdg && *xdg   ? mw_test_model_at(path, size, xdg, "/memwall", name)
                                 : mw_test_model_at(path, size, getenv("HOME"), "/.cache/memwall", name);
    return found ? path : NULL;
}

#endif
