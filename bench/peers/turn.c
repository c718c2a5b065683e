#include "bench/peers/turn.h"

#include "bench/run/options.h"
#include "bench/run/prompt.h"
#include "engine/runner.h"
#include "platform/os.h"
#include "platform/progress.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* What lives from the first token to the last. */
typedef struct run {
    mw_variant variant;
    uint64_t threads, n_prompt, tokens;
    mw_job_list cpus;
    mw_topology *topology;
    mw_pool *pool;
    mw_runner runner;
    int32_t *prompt;       /* [n_prompt] */
    double *latency_us;    /* [tokens]; the first one is the prompt's */
    double first_token_ms; /* from before the model file is opened */
} run;

static int start_threads(run *r, mw_error *err)
{
    int rc = mw_topology_open(&r->topology, err);
    if (rc)
        return rc;
    mw_topology_bind_memory(r->topology, r->cpus.at, (int)r->cpus.n);
    return mw_pool_create((int)r->threads, r->topology, r->cpus.at, (int)r->cpus.n, &r->pool, err);
}

static int make_ready(run *r, const char *path, mw_error *err)
{
    int rc = mw_runner_open(&r->runner, &r->variant, path, err);
    if (!rc)
        rc = mw_runner_load(&r->runner, err);
    if (!rc)
        rc = mw_runner_ready(&r->runner, r->pool, (uint32_t)(r->n_prompt - 1 + r->tokens), err);
    if (!rc)
        mw_decoder_touch_embedding(r->runner.decoder);
    return rc;
}

/* What is no part of the time to the first token. */
static int make_room(run *r, mw_error *err)
{
    r->prompt = malloc(r->n_prompt * sizeof *r->prompt);
    r->latency_us = malloc(r->tokens * sizeof *r->latency_us);
    return r->prompt && r->latency_us ? 0
                                      : mw_fail(err, -ENOMEM, "no memory for the times of tokens; use fewer --tokens");
}

static int decode(run *r, uint64_t opened_ns, mw_error *err)
{
    const uint32_t vocab = r->runner.model->config.vocab_size;
    mw_decoder *decoder = r->runner.decoder;
    int32_t token = 0;
    mw_prompt_make_up(r->prompt, r->n_prompt, vocab);
    for (uint32_t i = 0, pos = (uint32_t)r->n_prompt - 1; i < r->tokens; i++, pos++) {
        if (mw_interrupted())
            return mw_fail(err, -EINTR, "interrupted");
        const uint64_t start = mw_clock_ns();
        const float *logits =
            i == 0 ? mw_decoder_prefill(decoder, r->prompt, r->n_prompt, 0) : mw_decoder_forward(decoder, token, pos);
        const int rc = mw_next_token(logits, vocab, r->variant.name, pos, &token, err);
        const uint64_t end = mw_clock_ns();
        if (rc)
            return rc;
        r->latency_us[i] = (double)(end - start) * 1e-3;
        if (i == 0)
            r->first_token_ms = (double)(end - opened_ns) * 1e-6;
    }
    return 0;
}

static int tell(const run *r, mw_error *err)
{
    double sum = 0;
    for (uint64_t i = MW_WARMUP_TOKENS; i < r->tokens; i++)
        sum += r->latency_us[i];
    printf("memwall-first-token-ms: %.6f\nmemwall-tokens-per-s: %.9g\nmemwall-latency-us:", r->first_token_ms,
           (double)(r->tokens - MW_WARMUP_TOKENS) / sum * 1e6);
    for (uint64_t i = MW_WARMUP_TOKENS; i < r->tokens; i++)
        printf(" %.3f", r->latency_us[i]);
    printf("\n");
    return fflush(stdout) || ferror(stdout) ? mw_fail(err, -EIO, "stdout cannot be written") : 0;
}

int mw_turn_run(const mw_job *job, uint64_t entered_ns, mw_error *err)
{
    (void)entered_ns;
    run r = {
        .threads = (uint64_t)job->threads, .n_prompt = job->prompt_tokens, .tokens = job->tokens, .cpus = job->cpus};
    int rc = r.n_prompt < 1 || r.tokens <= MW_WARMUP_TOKENS ? mw_job_refuse(err)
                                                            : mw_variant_parse(job->variant, &r.variant, err);
    if (!rc)
        rc = make_room(&r, err);
    if (!rc)
        rc = start_threads(&r, err);
    const uint64_t opened_ns = mw_clock_ns();
    if (!rc)
        rc = make_ready(&r, job->model, err);
    if (!rc)
        rc = decode(&r, opened_ns, err);
    if (!rc)
        rc = tell(&r, err);
    free(r.prompt);
    free(r.latency_us);
    mw_runner_close(&r.runner);
    mw_pool_free(r.pool);
    mw_topology_close(r.topology);
    return rc;
}
