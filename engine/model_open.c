/* From what a user writes after --model to an open model. */
#include "engine/cache.h"
#include "engine/checkpoint.h"
#include "engine/synthetic.h"

#include <stdio.h>
#include <string.h>

int mw_model_open(const char *spec, mw_progress_fn *progress, void *to, mw_model *model, mw_error *err)
{
    *model = (mw_model){.file = {.fd = -1}};
    char path[512];
    const char *shape = strncmp(spec, "synthetic:", 10) == 0 ? spec + 10 : NULL;
    int rc = shape ? mw_synthetic_make(shape, progress, to, path, sizeof path, err)
                   : mw_cache_find(spec, path, sizeof path, err);
    if (rc)
        return rc;
    rc = mw_checkpoint_open(path, model, err);
    if (rc)
        return rc;
    const char *slash = strrchr(spec, '/');
    snprintf(model->name, sizeof model->name, "%s", slash && !shape ? slash + 1 : spec);
    return 0;
}
