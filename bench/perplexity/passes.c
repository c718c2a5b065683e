/* Passes over a text, by a variant and in double precision: see perplexity.h. */
#include "bench/perplexity/perplexity.h"

#include "engine/runner.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* Minus the log of the probability that softmax gives to `token`. */
static double surprise(const double *logits, size_t n, int32_t token)
{
    double most = logits[0], sum = 0;
    for (size_t i = 1; i < n; i++)
        most = logits[i] > most ? logits[i] : most;
    for (size_t i = 0; i < n; i++)
        sum += exp(logits[i] - most);
    return log(sum) + most - logits[token];
}

/* By the reference, whose logits go to `keep` if there is one, or if it is NULL by the decoder. */
static int over_text(mw_reference *reference, mw_decoder *decoder, const char *name, const mw_config *c,
                     const int32_t *ids, size_t n, float *keep, const float *against, mw_text_pass *pass, mw_error *err)
{
    const size_t vocab = c->vocab_size;
    for (size_t i = 0; i < n; i++)
        if (ids[i] < 0 || (size_t)ids[i] >= vocab)
            return mw_fail(err, -EINVAL, "a token of the text is not in the model's vocabulary");
    double *x = malloc(vocab * sizeof *x), sum = 0, off = 0, most = 0;
    int rc = x ? 0 : mw_fail(err, -ENOMEM, "no memory for the logits");
    for (size_t i = 0; i + 1 < n && !rc; i++) {
        const uint32_t pos = (uint32_t)(i % c->seq_len);
        const int32_t token = pos == 0 ? ids[0] : ids[i]; /* a window starts at BOS, in the place of the token before */
        const double *wide = reference ? mw_reference_forward(reference, token, pos) : x;
        const float *logits = reference ? NULL : mw_decoder_forward(decoder, token, pos);
        for (size_t k = 0; k < vocab; k++) {
            if (!reference)
                x[k] = logits ? (double)logits[k] : NAN;
            if (keep)
                keep[i * vocab + k] = (float)wide[k];
            if (against) { /* fmax here crashes gcc 12 for AArch64 at -O3 */
                const double wanted = against[i * vocab + k], far = fabs(wide[k] - wanted);
                off = far > off ? far : off;
                most = fabs(wanted) > most ? fabs(wanted) : most;
            }
        }
        sum += surprise(wide, vocab, ids[i + 1]);
        if (mw_interrupted())
            rc = mw_fail(err, -EINTR, "interrupted");
        else if (!isfinite(sum))
            rc = mw_not_finite(name, pos, err);
    }
    free(x);
    *pass = (mw_text_pass){.nats = sum / (double)(n - 1), .deviation = against ? off / most : NAN};
    return rc;
}

static uint32_t positions_for(const mw_config *c, size_t n)
{
    return n < c->seq_len ? (uint32_t)n : c->seq_len;
}

int mw_perplexity_reference(const mw_model *model, mw_dtype dtype, bool aliased, const int32_t *ids, size_t n,
                            float *logits, mw_text_pass *pass, mw_error *err)
{
    const mw_config *c = &model->config;
    mw_weights *weights = NULL;
    mw_reference *r = NULL;
    mw_source source = mw_model_source(model);
    source.dtype = dtype;
    int rc = mw_weights_open(source, mw_layout_of(MW_LAYOUT_ROWMAJOR), MW_LOAD_HEAP, &weights, err);
    if (!rc)
        rc = mw_reference_create(c, weights, aliased, positions_for(c, n), &r, err);
    if (!rc)
        rc = over_text(r, NULL, "double precision", c, ids, n, logits, NULL, pass, err);
    free(r);
    mw_weights_close(weights);
    return rc;
}

int mw_perplexity_variant(mw_session *s, const mw_variant *v, const int32_t *ids, size_t n, const float *against,
                          mw_text_pass *pass, mw_error *err)
{
    const mw_config *c = &s->model.config;
    const mw_model *model;
    mw_pool *pool = NULL;
    int rc = mw_session_model_for(s, v, &model, err);
    if (rc)
        return rc;
    mw_runner runner = mw_runner_of(v, model);
    rc = mw_pool_create(1, s->topology, s->cpus, s->n_cpus, &pool, err);
    if (!rc)
        rc = mw_runner_load(&runner, err);
    if (!rc)
        rc = mw_runner_ready(&runner, pool, positions_for(c, n), err);
    if (!rc)
        rc = over_text(NULL, runner.decoder, v->name, c, ids, n, NULL, against, pass, err);
    mw_runner_close(&runner);
    mw_pool_free(pool);
    return rc;
}
