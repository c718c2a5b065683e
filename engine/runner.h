/* From a model and a variant to a decoder: the one way, in three phases (open, load, ready), so that whoever wants to
 * can look at the clock between them. */
#ifndef MW_ENGINE_RUNNER_H
#define MW_ENGINE_RUNNER_H

#include "engine/decoder.h"
#include "engine/sampler.h"
#include "engine/variant.h"

/* Not to be moved or copied once it is open: `model` may point into it. A zeroed one is closed. */
typedef struct mw_runner {
    const mw_variant *variant;
    const mw_model *model; /* whose weights are loaded: borrowed, or `file` */
    mw_weights *weights;   /* NULL until loaded */
    mw_decoder *decoder;   /* NULL until ready */
    mw_model file;         /* what mw_runner_open opened */
    bool lent;             /* the weights belong to somebody else */
} mw_runner;

/* The model as the source of a variant's weights: those of an f32 file become the variant's dtype, and
 * get its placement. */
static inline mw_source mw_runner_source(const mw_model *model, const mw_variant *variant)
{
    mw_source source = mw_model_source(model);
    source.dtype = model->dtype == MW_F32 ? variant->gemv->dtype : MW_F32;
    source.placement = variant->placement;
    return source;
}

/* A runner over an open model, which is borrowed, as is the variant: the phase `open` is done. */
static inline mw_runner mw_runner_of(const mw_variant *variant, const mw_model *model)
{
    return (mw_runner){.variant = variant, .model = model};
}

/* Phase `open`: a runner over the model at `spec` (mw_model_open), which it owns. After a failure it is closed. */
int mw_runner_open(mw_runner *runner, const mw_variant *variant, const char *spec, mw_error *err);

/* Phase `load`: the weights, in the variant's layout by the variant's load. Errors are those of mw_weights_open. */
int mw_runner_load(mw_runner *runner, mw_error *err);

/* The same with weights that are loaded already, of the same model, layout and load: they are borrowed. */
void mw_runner_lend(mw_runner *runner, mw_weights *weights);

/* Phase `ready`: a decoder with the variant's kernel set for `positions` tokens, on the threads of `pool`, which is
 * borrowed. Errors are those of mw_decoder_create. */
int mw_runner_ready(mw_runner *runner, mw_pool *pool, uint32_t positions, mw_error *err);

/* Undoes `ready` and `load`, as far as they are done. */
void mw_runner_unload(mw_runner *runner);

/* Undoes all phases, as far as they are done. */
void mw_runner_close(mw_runner *runner);

/* The model whose weights a variant loads: `model` itself, or for a variant that maps layout tvl its .tvl form, as
 * mw_packed_form gives it. -ENOTSUP if it holds weights of another dtype than f32 and the variant's. */
int mw_model_for(const mw_model *model, const mw_variant *variant, mw_progress_fn *progress, void *to, mw_model *packed,
                 const mw_model **out, mw_error *err);

/* The .tvl form of a model, as `dtype`: `model` itself if it is one; else *packed, which is opened if it is not yet
 * open (file.fd -1), and made in the cache folder if it is not there. The caller owns *packed. Of a synthetic model
 * that is the file which mw_model_open_packed opens, so that there is one. */
int mw_packed_form(const mw_model *model, mw_dtype dtype, mw_progress_fn *progress, void *to, mw_model *packed,
                   const mw_model **out, mw_error *err);

/* -EDOM, and the one message about it: a logit of `name` (a variant, for instance) at `position` is not finite. */
int mw_not_finite(const char *name, uint32_t position, mw_error *err);

/* The likeliest token of logits[vocab], which stand behind `position`. NULL, as for a token that is out of range, or a
 * logit that is not finite is mw_not_finite, with *token < 0. */
static inline int mw_next_token(const float *logits, size_t vocab, const char *name, uint32_t position, int32_t *token,
                                mw_error *err)
{
    *token = logits ? mw_argmax(logits, vocab) : -1;
    return *token >= 0 ? 0 : mw_not_finite(name, position, err);
}

#endif
