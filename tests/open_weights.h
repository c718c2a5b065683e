/* Weights of any variant, as bench opens them: a variant that maps the tvl layout gets a packed file. Packed files go
 * to a cache folder of the test's own. */
#ifndef MW_TESTS_OPEN_WEIGHTS_H
#define MW_TESTS_OPEN_WEIGHTS_H

#include "engine/tvl_model.h"
#include "engine/variant.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char cache_folder[] = "/tmp/memwall-cache-XXXXXX";

static bool cache_open(void)
{
    return mkdtemp(cache_folder) && setenv("MEMWALL_CACHE", cache_folder, 1) == 0;
}

static void cache_close(void)
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

static int open_weights(const mw_model *m, const mw_variant *v, mw_weights **weights, mw_error *err)
{
    if (v->layout->id != MW_LAYOUT_TVL16 || !mw_load_maps(v->load))
        return mw_weights_open(mw_model_source(m), v->layout, v->load, weights, err);
    mw_model packed;
    int rc = mw_tvl_model_cached(m, NULL, NULL, &packed, err);
    if (rc)
        return rc;
    rc = mw_weights_open(mw_model_source(&packed), v->layout, v->load, weights, err);
    mw_model_close(&packed);
    return rc;
}

#endif
