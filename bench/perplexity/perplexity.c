#include "bench/perplexity/perplexity.h"

#include "bench/run/suite.h"
#include "engine/cache.h"
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
    const char *named = s->options->tokenizer;
    *ids = NULL;
    if (!named && !mw_tokenizer_inside(s->model.file.path))
        return mw_fail(err, -EINVAL, "perplexity of %s needs --tokenizer=PATH, the model's tokenizer.bin",
                       s->model.name);
    int rc = mw_tokenizer_choose(named, s->model.file.path, s->model.config.vocab_size, &tokenizer, err);
    if (!rc)
        rc = mw_tokenizer_prompt(tokenizer, mw_story, ids, n, err);
    mw_tokenizer_close(tokenizer);
    return rc;
}

/* --- the suite --- */

/* Summary rows: the same numbers come out every time. `v` is NULL for a pass in double precision, which `param` and
 * `note` describe. */
static void record(mw_session *s, const mw_variant *v, mw_dtype dtype, mw_text_pass pass, double baseline, size_t n,
                   const char *param, const char *note)
{
    /* a variant's is computed, not timed: under an emulator it is the same number */
    mw_result row = {"perplexity",
                     "1",
                     exp(pass.nats),
                     n,
                     .phase = "text",
                     .dtype = mw_dtypes[dtype].name,
                     .param = param,
                     .note = note,
                     .rep = -1,
                     .provenance = v ? "measured" : "modelled"};
    mw_session_record(s, v, v ? 1 : 0, &row);
    row.name = "perplexity_loss";
    row.value = expm1(pass.nats - baseline);
    mw_session_record(s, v, v ? 1 : 0, &row);
    if (isnan(pass.deviation))
        return;
    row.name = "logit_deviation";
    row.value = pass.deviation;
    mw_session_record(s, v, v ? 1 : 0, &row);
}

/* What all passes share: the text, and what the model itself has in double precision, the baseline of losses. */
typedef struct run_state {
    mw_session *s;
    int32_t *ids;
    size_t n;
    double baseline;
    float *logits; /* of the last pass in double precision */
    bool measured; /* some variant was available */
} run_state;

static int in_double(run_state *r, mw_dtype dtype, bool aliased, mw_error *err)
{
    const bool own = dtype == r->s->model.dtype;
    mw_text_pass pass;
    const char *swiglu = aliased ? "swiglu=aliased" : "swiglu=model", *name = mw_dtypes[dtype].name;
    char param[64], note[96];
    if (own)
        snprintf(param, sizeof param, "%s", swiglu);
    else
        snprintf(param, sizeof param, "dtype=%s;%s", name, swiglu);
    snprintf(note, sizeof note, "double precision%s%s%s", aliased ? ", SwiGLU as published" : "",
             own ? "" : ", weights of ", own ? "" : name);
    mw_progress_say(&r->s->progress, "perplexity in %s", note);
    int rc =
        mw_perplexity_reference(&r->s->model, dtype, aliased, r->ids, r->n, aliased ? NULL : r->logits, &pass, err);
    if (own && !aliased)
        r->baseline = pass.nats;
    if (!rc)
        record(r->s, NULL, dtype, pass, r->baseline, r->n - 1, param, note);
    return rc;
}

/* The variants of one dtype, after double precision over the same weights. */
static int of_dtype(run_state *r, mw_dtype dtype, const mw_variant *variants, int n, mw_error *err)
{
    bool wanted = dtype == r->s->model.dtype;
    for (int i = 0; i < n; i++)
        wanted |= variants[i].gemv->dtype == dtype;
    int rc = wanted ? in_double(r, dtype, false, err) : 0;
    for (int i = 0; i < n && !rc; i++) {
        mw_text_pass pass;
        if (variants[i].gemv->dtype != dtype)
            continue;
        mw_progress_say(&r->s->progress, "perplexity, %d of %d: %s", i + 1, n, variants[i].name);
        rc = mw_perplexity_variant(r->s, &variants[i], r->ids, r->n, r->logits, &pass, err);
        if (rc == -ENOTSUP) { /* as in suite decode, a variant that the file cannot give is left out */
            mw_session_warn(r->s, "%s is unavailable: %s", variants[i].name, err->text);
            rc = 0;
        } else if (!rc) {
            record(r->s, &variants[i], dtype, pass, r->baseline, r->n - 1, NULL, NULL);
            r->measured = true;
        }
    }
    return rc;
}

/* The model in double precision, as it is and with the published SwiGLU, and then the variants, dtype by dtype, the
 * model's own first. */
static int run(mw_session *s, const mw_variant *variants, int n, mw_error *err)
{
    run_state r = {.s = s, .baseline = NAN};
    const mw_dtype own = s->model.dtype;
    int rc = mw_perplexity_encode(s, &r.ids, &r.n, err);
    if (!rc && !(r.logits = malloc((r.n - 1) * s->model.config.vocab_size * sizeof *r.logits)))
        rc = mw_fail(err, -ENOMEM, "no memory for the logits of %zu tokens", r.n - 1);
    if (!rc)
        rc = of_dtype(&r, own, variants, n, err);
    if (!rc)
        rc = in_double(&r, own, true, err);
    for (int d = 0; d < MW_DTYPE_COUNT && !rc; d++)
        if (d != (int)own)
            rc = of_dtype(&r, (mw_dtype)d, variants, n, err);
    if (!rc && !r.measured)
        rc = -ENOTSUP; /* with the line of the last variant */
    mw_progress_clear(&s->progress);
    free(r.ids);
    free(r.logits);
    return rc;
}

static void report(const mw_session *s, mw_page *page)
{
    static const mw_column columns[] = {{"", -42}, {"perplexity", 11}, {"loss", 10}, {"logits", 10}, {0}};
    const mw_filter lines = {.metric = "perplexity"};
    mw_page_text(page, "%s: perplexity of a story of %zu characters", s->model.name, strlen(mw_story));
    mw_page_open(page, columns);
    for (mw_row row = {0}; mw_rows_next(page->results, &lines, &row);) {
        const mw_filter loss = mw_rows_like(&row, "perplexity_loss"), off = mw_rows_like(&row, "logit_deviation");
        mw_page_cell(page, "%s", *row.variant ? row.variant : row.note);
        mw_page_cell(page, "%.6g", row.value);
        mw_page_cell(page, "%+.1e", mw_rows_value(page->results, &loss));
        const double deviation = mw_rows_value(page->results, &off);
        if (isnan(deviation))
            mw_page_cell(page, "-");
        else
            mw_page_cell(page, "%.1e", deviation);
    }
    mw_page_text(page, "loss: perplexity over that of the model in double precision, minus 1. logits: largest "
                       "deviation from double precision over the same weights, over the largest logit.");
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
