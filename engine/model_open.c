/* Opens the model that a user names after --model. */
#include "engine/cache.h"
#include "engine/checkpoint.h"
#include "engine/gguf_model.h"
#include "engine/synthetic.h"
#include "engine/tvl_model.h"
#include "layouts/gguf.h"
#include "platform/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Formats are told apart by their first bytes. For a file that cannot be read, the checkpoint reader reports the
 * error. */
static int open_file(const char *path, mw_model *model, mw_error *err)
{
    unsigned char first[8];
    mw_file file;
    size_t n = 0;
    if (mw_file_open(path, &file, NULL) == 0) {
        n = file.bytes < sizeof first ? (size_t)file.bytes : sizeof first;
        n = mw_file_read(&file, 0, first, n, NULL) == 0 ? n : 0;
    }
    mw_file_close(&file);
    return mw_tvl_recognised(first, n)    ? mw_tvl_model_open(path, model, err)
           : mw_gguf_recognised(first, n) ? mw_gguf_model_open(path, model, err)
                                          : mw_checkpoint_open(path, model, err);
}

static bool has_recipe(const char *shape)
{
    mw_synthetic s;
    return mw_synthetic_parse(shape, &s, NULL) == 0 && s.recipe;
}

/* The dtype of a synthetic model: of a recipe that of most weights. */
static mw_dtype dtype_of_shape(const char *shape)
{
    mw_synthetic s;
    if (mw_synthetic_parse(shape, &s, NULL) || !s.recipe)
        return MW_F32;
    mw_model m = {.n_tensors = mw_tensor_count(&s.config)};
    m.tensors = calloc(m.n_tensors, sizeof *m.tensors);
    if (!m.tensors)
        return s.recipe->most;
    mw_synthetic_table(&s, m.tensors);
    const mw_dtype dtype = mw_model_main_dtype(&m);
    free(m.tensors);
    return dtype;
}

/* `packed`: of a synthetic model, a .tvl file of that dtype. */
static int open_as(const char *spec, bool packed, mw_dtype dtype, mw_progress_fn *progress, void *to, mw_model *model,
                   mw_error *err)
{
    *model = (mw_model){.file = {.fd = -1}};
    char path[512];
    const char *shape = mw_synthetic_shape(spec);
    /* a recipe has one .tvl file; of another dtype, f32 weights are converted from its GGUF file */
    packed = packed && (!shape || !has_recipe(shape) || mw_model_dtype_of(spec) == dtype);
    int rc = shape ? mw_synthetic_make(shape, packed, dtype, progress, to, path, sizeof path, err)
                   : mw_cache_find(spec, path, sizeof path, err);
    if (rc)
        return rc;
    rc = open_file(path, model, err);
    if (rc) {
        mw_model_close(model);
        return rc;
    }
    const char *slash = strrchr(spec, '/');
    mw_text_copy(model->name, sizeof model->name, slash && !shape ? slash + 1 : spec);
    return 0;
}

int mw_model_open(const char *spec, mw_progress_fn *progress, void *to, mw_model *model, mw_error *err)
{
    return open_as(spec, false, MW_F32, progress, to, model, err);
}

int mw_model_open_packed(const char *spec, mw_dtype dtype, mw_progress_fn *progress, void *to, mw_model *model,
                         mw_error *err)
{
    return open_as(spec, true, dtype, progress, to, model, err);
}

mw_dtype mw_model_dtype_of(const char *spec)
{
    char path[512];
    mw_model m;
    if (mw_synthetic_shape(spec))
        return dtype_of_shape(mw_synthetic_shape(spec));
    if (mw_cache_find(spec, path, sizeof path, NULL) || open_file(path, &m, NULL))
        return MW_F32;
    const mw_dtype dtype = m.dtype;
    mw_model_close(&m);
    return dtype;
}
