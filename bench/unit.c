#include "bench/unit.h"

#include "engine/sampler.h"

#include <errno.h>

/* Feeds the prompt from position 0 on, all but its last token. */
static int feed_prompt(mw_decoder *decoder, const mw_session *s, mw_error *err)
{
    for (size_t i = 0; i + 1 < s->n_prompt; i++) {
        if (mw_interrupted())
            return mw_fail(err, -EINTR, "interrupted");
        if (!mw_decoder_forward(decoder, s->prompt[i], (uint32_t)i))
            return mw_fail(err, -EINVAL, "token %d of the prompt is not in the model's vocabulary", (int)s->prompt[i]);
    }
    return 0;
}

static int create_decoder(const mw_unit *u, const mw_session *s, const mw_weights *weights, mw_decoder **decoder,
                          mw_error *err)
{
    mw_kernel_set kernels;
    mw_kernel_set_for(u->variant->gemv, &kernels);
    uint32_t positions = (uint32_t)(s->n_prompt - 1 + s->options->tokens);
    return mw_decoder_create(&s->model.config, weights, &kernels, u->pool, positions, decoder, err);
}

static int not_finite(const mw_unit *u, uint32_t position, mw_error *err)
{
    return mw_fail(err, -EDOM, "%s: a logit at position %u is not finite; the model or a kernel is broken",
                   u->variant->name, position);
}

int mw_unit_first_token(mw_unit *u, const mw_session *s, mw_error *err)
{
    mw_model model;
    mw_weights *weights = NULL;
    mw_decoder *decoder = NULL;
    int filled = mw_weights_refill(mw_model_source(u->model), u->variant->load, err);
    if (filled)
        return filled;
    mw_faults before = mw_faults_now();
    uint64_t start = mw_clock_ns(), loaded = start, end = start;
    int rc = mw_model_open(u->model->file.path, NULL, NULL, &model, err);
    if (!rc)
        rc = mw_weights_open(mw_model_source(&model), u->variant->layout, u->variant->load, &weights, err);
    loaded = mw_clock_ns();
    if (!rc)
        rc = create_decoder(u, s, weights, &decoder, err);
    uint64_t ready = mw_clock_ns();
    if (!rc)
        rc = feed_prompt(decoder, s, err);
    if (!rc) {
        uint32_t last = (uint32_t)s->n_prompt - 1;
        float *logits = mw_decoder_forward(decoder, s->prompt[last], last);
        if (!logits || mw_argmax(logits, s->model.config.vocab_size) < 0)
            rc = not_finite(u, last, err);
        end = mw_clock_ns();
    }
    mw_faults after = mw_faults_now();
    u->load_ms = (double)(loaded - start) * 1e-6;
    u->ready_ms = (double)(ready - start) * 1e-6;
    u->ttft_ms = (double)(end - start) * 1e-6;
    u->first_faults = (mw_faults){after.minor - before.minor, after.major - before.major};
    mw_decoder_free(decoder);
    mw_weights_close(weights);
    mw_model_close(&model);
    return rc;
}

int mw_unit_start(mw_unit *u, const mw_session *s, mw_error *err)
{
    u->position = (uint32_t)s->n_prompt - 1;
    u->token = s->prompt[u->position];
    int rc = create_decoder(u, s, u->weights, &u->decoder, err);
    if (!rc)
        rc = feed_prompt(u->decoder, s, err);
    if (!rc)
        mw_decoder_touch_embedding(u->decoder);
    return rc;
}

int mw_unit_block(mw_unit *u, uint32_t block, uint32_t tokens, mw_error *err)
{
    const size_t vocab = u->weights->matrix[u->weights->n - 1].rows; /* classifier or embedding: same height */
    for (uint32_t i = 0; i < tokens && !mw_interrupted(); i++) {
        uint64_t start = mw_clock_ns();
        float *logits = mw_decoder_forward(u->decoder, u->token, u->position);
        int32_t next = logits ? mw_argmax(logits, vocab) : -EDOM;
        uint64_t end = mw_clock_ns();
        if (next < 0)
            return not_finite(u, u->position, err);
        u->samples[u->n_samples++] = (mw_sample){u->position, block, (double)(end - start) * 1e-3};
        u->token = next;
        u->position++;
    }
    return 0;
}
