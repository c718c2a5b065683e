#include "bench/perplexity/perplexity.h"
#include "bench/run/suite.h"
#include "engine/synthetic.h"

#include "bench/perplexity/reference.h"
#include "bench/run/summary.h"
#include "bench/run/texts.h"
#include "engine/cache.h"
#include "engine/runner.h"
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

int mw_perplexity_find(char model[512], char tokenizer[512], mw_error *err)
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

/* Logits that follow `token` at `pos`, into to[vocab]; false if something is out of range. */
typedef bool next_fn(void *with, int32_t token, uint32_t pos, double *to, size_t vocab);

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

static int over_text(next_fn *next, void *with, const char *name, const mw_config *c, const int32_t *ids, size_t n,
                     double *nats, mw_error *err)
{
    double *logits = malloc(c->vocab_size * sizeof *logits), sum = 0;
    if (!logits)
        return mw_fail(err, -ENOMEM, "no memory for the logits");
    int rc = 0;
    uint32_t pos = 0;
    for (size_t i = 0; i + 1 < n && !rc; i++, pos++) {
        if (pos == c->seq_len)
            pos = 0;
        /* a window starts at BOS, in the place of the token before it */
        if (mw_interrupted())
            rc = mw_fail(err, -EINTR, "interrupted");
        else if (!next(with, pos == 0 ? ids[0] : ids[i], pos, logits, c->vocab_size))
            rc = mw_fail(err, -EINVAL, "a token of the text is not in the model's vocabulary");
        else
            sum += surprise(logits, c->vocab_size, ids[i + 1]);
        if (!rc && !isfinite(sum))
            rc = mw_not_finite(name, pos, err);
    }
    free(logits);
    *nats = sum / (double)(n - 1);
    return rc;
}

static bool next_of_reference(void *with, int32_t token, uint32_t pos, double *to, size_t vocab)
{
    memcpy(to, mw_reference_forward(with, token, pos), vocab * sizeof *to);
    return true;
}

static bool next_of_decoder(void *with, int32_t token, uint32_t pos, double *to, size_t vocab)
{
    const float *logits = mw_decoder_forward(with, token, pos);
    for (size_t i = 0; logits && i < vocab; i++)
        to[i] = (double)logits[i];
    return logits != NULL;
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
    for (size_t i = 0; i < n; i++)
        if (ids[i] < 0 || (uint32_t)ids[i] >= c->vocab_size)
            return mw_fail(err, -EINVAL, "a token of the text is not in the model's vocabulary");
    int rc = mw_weights_open(mw_model_source(model), mw_layout_of(MW_LAYOUT_ROWMAJOR), MW_LOAD_HEAP, &weights, err);
    if (!rc)
        rc = mw_reference_create(c, weights, aliased ? MW_SWIGLU_ALIASED : MW_SWIGLU_OF_MODEL, positions_for(c, n), &r,
                                 err);
    if (!rc)
        rc = over_text(next_of_reference, r, "double precision", c, ids, n, nats, err);
    mw_reference_free(r);
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
        rc = over_text(next_of_decoder, runner.decoder, v->name, c, ids, n, nats, err);
    mw_runner_close(&runner);
    mw_pool_free(pool);
    return rc;
}

/* --- the suite --- */

static void record(mw_session *s, const mw_variant *v, double nats, double reference, size_t n, const char *param,
                   const char *provenance, const char *note)
{
    const struct {
        const char *name;
        double value;
    } rows[] = {{"perplexity", exp(nats)}, {"perplexity_loss", expm1(nats - reference)}};
    for (int i = 0; i < 2; i++)
        mw_session_record(s, v, v ? 1 : 0,
                          &(mw_result){rows[i].name, "1", rows[i].value, n, .phase = "text", .param = param,
                                       .note = note, .provenance = provenance, .rep = -1});
}

int mw_perplexity_suite(mw_session *s, const mw_variant *variants, int n, mw_error *err)
{
    int32_t *ids = NULL;
    size_t n_ids = 0;
    double reference = NAN, nats = NAN;
    int rc = mw_perplexity_encode(s, &ids, &n_ids, err);
    for (int aliased = 0; aliased < 2 && !rc; aliased++) {
        mw_progress_say(&s->progress, "perplexity in double precision, %d of 2", aliased + 1);
        rc = mw_perplexity_reference(&s->model, aliased, ids, n_ids, &nats, err);
        if (!rc && !aliased)
            reference = nats;
        if (!rc)
            record(s, NULL, nats, reference, n_ids - 1, aliased ? "swiglu=aliased" : "swiglu=model", "modelled",
                   aliased ? "double precision, SwiGLU as published" : "double precision");
    }
    for (int i = 0; i < n && !rc; i++) {
        mw_progress_say(&s->progress, "perplexity, %d of %d: %s", i + 1, n, variants[i].name);
        rc = mw_perplexity_variant(s, &variants[i], ids, n_ids, &nats, err);
        if (!rc)
            /* computed, not timed: under an emulator it is the same number */
            record(s, &variants[i], nats, reference, n_ids - 1, NULL, "measured", NULL);
    }
    mw_progress_clear(&s->progress);
    free(ids);
    return rc;
}

static void title_of(const mw_page *page, const mw_row *row, char to[MW_PAGE_CELL_BYTES])
{
    (void)page;
    snprintf(to, MW_PAGE_CELL_BYTES, "%s", *row->variant ? row->variant : row->note);
}

static void loss_of(const mw_page *page, const mw_row *row, char to[MW_PAGE_CELL_BYTES])
{
    (void)page;
    snprintf(to, MW_PAGE_CELL_BYTES, "%+.1e", row->value);
}

static void perplexity_of(const mw_page *page, const mw_row *row, char to[MW_PAGE_CELL_BYTES])
{
    (void)page;
    snprintf(to, MW_PAGE_CELL_BYTES, "%.6g", row->value);
}

void mw_perplexity_report(const mw_session *s, mw_page *page)
{
    static const mw_column columns[] = {
        {"", -40, MW_SHOW_MADE, .make = title_of},
        {"perplexity", 12, MW_SHOW_MADE, .make = perplexity_of},
        {"loss", 12, MW_SHOW_MADE, .make = loss_of, .metric = "perplexity_loss"},
        {0},
    };
    mw_page_text(page, "%s: perplexity of a story of %zu characters", s->model.name, strlen(mw_story));
    mw_page_rows(page, columns, &(mw_filter){.metric = "perplexity"}, MW_AS_RECORDED);
}

/* Random weights predict nothing: without a trained model on the command line one is looked for. */
static int complete(mw_options *o, mw_error *err)
{
    static char model[512], tokenizer[512];
    if (o->model && !mw_synthetic_shape(o->model))
        return 0;
    int rc = mw_perplexity_find(model, tokenizer, err);
    o->model = model;
    o->tokenizer = tokenizer;
    return rc;
}

static const mw_refusal refusals[] = {
    {"reps", "it computes, and gets the same numbers every time"},
    {0},
};

const mw_suite mw_suite_perplexity = {
    .name = "perplexity",
    .help = "of a trained model, against double precision",
    .processes = MW_ONE_PROCESS,
    .refuses = refusals,
    .row_major = true,
    .complete = complete,
    .run = mw_perplexity_suite,
    .report = mw_perplexity_report,
};
