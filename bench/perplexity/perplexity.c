#include "bench/perplexity/perplexity.h"

#include "bench/run/suite.h"
#include "engine/cache.h"
#include "engine/runner.h"
#include "engine/synthetic.h"
#include "engine/tokenizer.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- the model --- */

static bool find_in(const char *folder, const char *model, const char *tokenizer, char m[512], char t[512])
{
    const int a = snprintf(m, 512, "%s/%s", folder, model), b = snprintf(t, 512, "%s/%s", folder, tokenizer);
    return a > 0 && a < 512 && b > 0 && b < 512 && access(m, R_OK) == 0 && access(t, R_OK) == 0;
}

/* A trained model and its tokenizer: of the known pairs the first that is in the cache folder, or in the folder that
 * MEMWALL_TEST_MODELS names. -ENOENT, and how to get one, if none is. */
static int find_model(char model[512], char tokenizer[512], mw_error *err)
{
    /* the paper's first */
    static const char *const pairs[][2] = {{"stories110M.bin", "tokenizer.bin"},
                                           {"stories42M.bin", "tokenizer.bin"},
                                           {"stories15M.bin", "tokenizer.bin"},
                                           {"stories260K.bin", "tok512.bin"}};
    const char *tests = getenv("MEMWALL_TEST_MODELS");
    char cache[512];
    const bool cached = mw_cache_path(".", cache, sizeof cache, NULL) == 0;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        if ((cached && find_in(cache, pairs[i][0], pairs[i][1], model, tokenizer)) ||
            (tests && *tests && find_in(tests, pairs[i][0], pairs[i][1], model, tokenizer)))
            return 0;
    return mw_fail(
        err, -ENOENT,
        "perplexity needs a trained model: ./fetch-models.sh stories15M tokenizer, or --model and --tokenizer");
}

int mw_perplexity_encode(const mw_session *s, int32_t **ids, size_t *n, mw_error *err)
{
    mw_tokenizer *tokenizer = NULL;
    char path[512];
    *ids = NULL;
    if (!s->options->tokenizer)
        return mw_fail(err, -EINVAL, "perplexity of %s needs --tokenizer=PATH, the model's tokenizer.bin",
                       s->model.name);
    int rc = mw_cache_find(s->options->tokenizer, path, sizeof path, err);
    if (!rc)
        rc = mw_tokenizer_open(path, s->model.config.vocab_size, &tokenizer, err);
    if (!rc)
        rc = mw_tokenizer_encode(tokenizer, mw_story, true, false, ids, n, err);
    mw_tokenizer_close(tokenizer);
    return rc;
}

/* --- surprise --- */

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

/* By the reference, or if it is NULL by the decoder. */
static int over_text(mw_reference *reference, mw_decoder *decoder, const char *name, const mw_config *c,
                     const int32_t *ids, size_t n, double *nats, mw_error *err)
{
    for (size_t i = 0; i < n; i++)
        if (ids[i] < 0 || (uint32_t)ids[i] >= c->vocab_size)
            return mw_fail(err, -EINVAL, "a token of the text is not in the model's vocabulary");
    double *x = malloc(c->vocab_size * sizeof *x), sum = 0;
    int rc = x ? 0 : mw_fail(err, -ENOMEM, "no memory for the logits");
    for (size_t i = 0; i + 1 < n && !rc; i++) {
        const uint32_t pos = (uint32_t)(i % c->seq_len);
        const int32_t token = pos == 0 ? ids[0] : ids[i]; /* a window starts at BOS, in the place of the token before */
        const double *wide = reference ? mw_reference_forward(reference, token, pos) : x;
        const float *logits = reference ? NULL : mw_decoder_forward(decoder, token, pos);
        for (size_t k = 0; !reference && k < c->vocab_size; k++)
            x[k] = logits ? (double)logits[k] : NAN;
        sum += surprise(wide, c->vocab_size, ids[i + 1]);
        if (mw_interrupted())
            rc = mw_fail(err, -EINTR, "interrupted");
        else if (!isfinite(sum))
            rc = mw_not_finite(name, pos, err);
    }
    free(x);
    *nats = sum / (double)(n - 1);
    return rc;
}

static uint32_t positions_for(const mw_config *c, size_t n)
{
    return n < c->seq_len ? (uint32_t)n : c->seq_len;
}

int mw_perplexity_reference(const mw_model *model, bool aliased, const int32_t *ids, size_t n, double *nats,
                            mw_error *err)
{
    const mw_config *c = &model->config;
    mw_weights *weights = NULL;
    mw_reference *r = NULL;
    int rc = mw_weights_open(mw_model_source(model), mw_layout_of(MW_LAYOUT_ROWMAJOR), MW_LOAD_HEAP, &weights, err);
    if (!rc)
        rc = mw_reference_create(c, weights, aliased, positions_for(c, n), &r, err);
    if (!rc)
        rc = over_text(r, NULL, "double precision", c, ids, n, nats, err);
    free(r);
    mw_weights_close(weights);
    return rc;
}

int mw_perplexity_variant(mw_session *s, const mw_variant *v, const int32_t *ids, size_t n, double *nats, mw_error *err)
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
        rc = over_text(NULL, runner.decoder, v->name, c, ids, n, nats, err);
    mw_runner_close(&runner);
    mw_pool_free(pool);
    return rc;
}

/* --- the suite --- */

/* Summary rows: the same numbers come out every time. */
static void record(mw_session *s, const mw_variant *v, double nats, double reference, size_t n, const char *param,
                   const char *note)
{
    /* a variant's is computed, not timed: under an emulator it is the same number */
    mw_result row = {"perplexity",
                     "1",
                     exp(nats),
                     n,
                     .phase = "text",
                     .param = param,
                     .note = note,
                     .rep = -1,
                     .provenance = v ? "measured" : "modelled"};
    mw_session_record(s, v, v ? 1 : 0, &row);
    row.name = "perplexity_loss";
    row.value = expm1(nats - reference);
    mw_session_record(s, v, v ? 1 : 0, &row);
}

/* `perplexity` of the reference, of the reference with the published SwiGLU, and of each variant, and what they lose
 * against the first. */
static int run(mw_session *s, const mw_variant *variants, int n, mw_error *err)
{
    int32_t *ids = NULL;
    size_t n_ids = 0;
    double reference = NAN, nats = NAN;
    int rc = mw_perplexity_encode(s, &ids, &n_ids, err);
    for (int aliased = 0; aliased < 2 && !rc; aliased++) {
        mw_progress_say(&s->progress, "perplexity in double precision, %d of 2", aliased + 1);
        rc = mw_perplexity_reference(&s->model, aliased, ids, n_ids, &nats, err);
        reference = aliased ? reference : nats;
        if (!rc)
            record(s, NULL, nats, reference, n_ids - 1, aliased ? "swiglu=aliased" : "swiglu=model",
                   aliased ? "double precision, SwiGLU as published" : "double precision");
    }
    for (int i = 0; i < n && !rc; i++) {
        mw_progress_say(&s->progress, "perplexity, %d of %d: %s", i + 1, n, variants[i].name);
        rc = mw_perplexity_variant(s, &variants[i], ids, n_ids, &nats, err);
        if (!rc)
            record(s, &variants[i], nats, reference, n_ids - 1, NULL, NULL);
    }
    mw_progress_clear(&s->progress);
    free(ids);
    return rc;
}

static void report(const mw_session *s, mw_page *page)
{
    static const mw_column columns[] = {{"", -40}, {"perplexity", 12}, {"loss", 12}, {0}};
    const mw_filter lines = {.metric = "perplexity"};
    mw_page_text(page, "%s: perplexity of a story of %zu characters", s->model.name, strlen(mw_story));
    mw_page_open(page, columns);
    for (mw_row row = {0}; mw_rows_next(page->results, &lines, &row);) {
        const mw_filter loss = mw_rows_like(&row, "perplexity_loss");
        mw_page_cell(page, "%s", *row.variant ? row.variant : row.note);
        mw_page_cell(page, "%.6g", row.value);
        mw_page_cell(page, "%+.1e", mw_rows_value(page->results, &loss));
    }
}

/* Random weights predict nothing: without a trained model on the command line one is looked for. */
static int complete(mw_options *o, mw_error *err)
{
    static char model[512], tokenizer[512];
    if (o->model && !mw_synthetic_shape(o->model))
        return 0;
    int rc = find_model(model, tokenizer, err);
    o->model = model;
    o->tokenizer = tokenizer;
    return rc;
}

static const mw_refusal refusals[] = {
    {"reps", "its results are the same in every run"},
    {0},
};

const mw_suite mw_suite_perplexity = {
    .name = "perplexity",
    .help = "of a trained model, against double precision",
    .processes = MW_ONE_PROCESS,
    .refuses = refusals,
    .row_major = true,
    .complete = complete,
    .run = run,
    .report = report,
};
