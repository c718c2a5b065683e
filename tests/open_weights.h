/* Weights of any variant, as bench opens them: a variant that maps the tvl layout gets a packed file. Packed files go
 * to a cache folder of the test's own. */
#ifndef MW_TESTS_OPEN_WEIGHTS_H
#define MW_TESTS_OPEN_WEIGHTS_H

#include "engine/runner.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char cache_folder[] = "/tmp/memwall-cache-XXXXXX";

__attribute__((unused)) static bool cache_open(void)
{
    return mkdtemp(cache_folder) && setenv("MEMWALL_CACHE", cache_folder, 1) == 0;
}

__attribute__((unused)) static void cache_close(void)
{
    DIR *d = opendir(cache_folder);
    for (struct dirent *e; d && (e = readdir(d));) {
        char path[400];
        snprintf(path, sizeof path, "%s/%s", cache_folder, e->d_name);
        if (e->d_name[0] != '.')
            unlink(path);
    }
    if (d)
        closedir(d);
    rmdir(cache_folder);
}

__attribute__((unused)) static int open_weights(const mw_model *m, const mw_variant *v, mw_weights **weights,
                                                mw_error *err)
{
    mw_model packed = {.file = {.fd = -1}};
    const mw_model *of;
    int rc = mw_model_for(m, v, NULL, NULL, &packed, &of, err);
    if (!rc)
        rc = mw_weights_open(mw_runner_source(of, v), v->layout, v->load, weights, err);
    mw_model_close(&packed);
    return rc;
}

#endif
