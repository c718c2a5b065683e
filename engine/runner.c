#include "engine/runner.h"

#include "engine/synthetic.h"
#include "engine/tvl_model.h"

#include <errno.h>
#include <string.h>

int mw_runner_open(mw_runner *r, const mw_variant *variant, const char *spec, mw_error *err)
{
    *r = mw_runner_of(variant, &r->file);
    int rc = mw_model_open(spec, NULL, NULL, &r->file, err);
    if (rc)
        r->model = NULL;
    return rc;
}

int mw_runner_load(mw_runner *r, mw_error *err)
{
    return mw_weights_open(mw_runner_source(r->model, r->variant), r->variant->layout, r->variant->load, &r->weights,
                           err);
}

void mw_runner_lend(mw_runner *r, mw_weights *weights)
{
    r->weights = weights;
    r->lent = true;
}

int mw_runner_ready(mw_runner *r, mw_pool *pool, uint32_t positions, mw_error *err)
{
    mw_kernel_set set;
    mw_kernel_set_for(r->variant->gemv, &set);
    return mw_decoder_create(&r->model->config, r->weights, &set, pool, positions, &r->decoder, err);
}

void mw_runner_unload(mw_runner *r)
{
    mw_decoder_free(r->decoder);
    if (!r->lent)
        mw_weights_close(r->weights);
    r->decoder = NULL;
    r->weights = NULL;
    r->lent = false;
}

void mw_runner_close(mw_runner *r)
{
    mw_runner_unload(r);
    if (r->model == &r->file)
        mw_model_close(&r->file);
    r->model = NULL;
}

static bool has_path(const mw_model *m, const char *shape, bool packed, mw_dtype dtype)
{
    char path[512];
    return mw_synthetic_path(shape, packed, dtype, path, sizeof path, NULL) == 0 && strcmp(path, m->file.path) == 0;
}

/* Whether the model is one of the files that stand for its synthetic name, and can be had as that dtype by its name: of
 * any dtype without a recipe, else of its own. */
static bool is_synthetic(const mw_model *m, mw_dtype dtype)
{
    const char *shape = mw_synthetic_shape(m->name);
    mw_synthetic s;
    if (!shape || mw_synthetic_parse(shape, &s, NULL) || (s.recipe && m->dtype != dtype))
        return false;
    bool is = has_path(m, shape, false, MW_F32);
    for (int d = 0; d < MW_DTYPE_COUNT; d++)
        is |= has_path(m, shape, true, (mw_dtype)d);
    return is;
}

int mw_model_for(const mw_model *m, const mw_variant *v, mw_progress_fn *progress, void *to, mw_model *packed,
                 const mw_model **out, mw_error *err)
{
    if (m->dtype != MW_F32 && m->dtype != v->gemv->dtype && !is_synthetic(m, v->gemv->dtype))
        return mw_fail(err, -ENOTSUP, "%s: holds %s weights, so %s cannot be decoded from it; give the f32 checkpoint",
                       m->file.path, mw_dtypes[m->dtype].name, v->name);
    if (v->layout->id == MW_LAYOUT_TVL16 && mw_load_maps(v->load))
        return mw_packed_form(m, v->gemv->dtype, progress, to, packed, out, err);
    *out = m;
    return 0;
}

int mw_packed_form(const mw_model *m, mw_dtype dtype, mw_progress_fn *progress, void *to, mw_model *packed,
                   const mw_model **out, mw_error *err)
{
    *out = m->layout->id == MW_LAYOUT_TVL16 && m->dtype == dtype ? m : packed;
    if (*out == m || packed->file.fd >= 0)
        return 0;
    return is_synthetic(m, dtype) ? mw_model_open_packed(m->name, dtype, progress, to, packed, err)
                                  : mw_tvl_model_cached(m, dtype, progress, to, packed, err);
}

int mw_not_finite(const char *name, uint32_t position, mw_error *err)
{
    return mw_fail(err, -EDOM, "%s: a logit at position %u is not finite; the model or a kernel is broken", name,
                   position);
}
