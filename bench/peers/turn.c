/* A turn in suite `peers`: how it is started and heard, and what a process does that takes one of ours. */
#include "bench/peers/peers.h"
#include "bench/run/session.h"
#include "engine/runner.h"
#include "platform/os.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

const char *mw_contender_title(const mw_contender *c, char text[128])
{
    if (c->threads)
        snprintf(text, 128, "%s, %d thread%s", c->name, c->threads, c->threads == 1 ? "" : "s");
    else
        snprintf(text, 128, "%s", c->name);
    return text;
}

/* Starts a peer's command, or this program for a variant of ours. */
static int start(const mw_peers *p, const mw_contender *c, mw_job_end *end, mw_error *err)
{
    const mw_session *s = p->session;
    const mw_options *o = s->options;
    char word[] = "turn"; /* for those who look at a list of processes */
    *end = (mw_job_end){.child = {.status = -1}};
    if (c->command)
        return mw_child_run(&(mw_child){.command = c->command, .streams = MW_CHILD_CAPTURED, .limit_s = p->own->limit},
                            &end->child, err);
    return mw_job_start(&(mw_job){.kind = MW_JOB_PART,
                                  .suite = o->suite->name,
                                  .model = c->model,
                                  .variant = c->variant->name,
                                  .threads = c->threads,
                                  .cpus = {s->cpus, (size_t)(s->n_cpus < c->threads ? s->n_cpus : c->threads)},
                                  .prompt_tokens = p->own->prompt.of[0],
                                  .tokens = o->tokens},
                        (char *[]){s->argv[0], word, NULL}, MW_CHILD_CAPTURED, p->own->limit, end, err);
}

/* Why a program's turn is not counted; false if it is. */
static bool failed(const mw_peers *p, const mw_child_end *o, bool number, char *why, size_t size)
{
    if (o->late)
        snprintf(why, size, "took more than %g s (--peer-limit)", p->own->limit);
    else if (o->flooded)
        snprintf(why, size, "wrote more than %d MiB", MW_CHILD_MOST >> 20);
    else if (o->status > 128)
        snprintf(why, size, "was ended by signal %d", o->status - 128);
    else if (o->status != 0)
        snprintf(why, size, "exit code %d", o->status);
    else if (!number)
        snprintf(why, size, "printed no tokens per second that this program knows");
    else
        return false;
    return true;
}

int mw_turn_take(const mw_peers *p, mw_turn *t, mw_error *err)
{
    mw_job_end end;
    char why[96], words[96], title[128];
    int rc = mw_peer_roof_sweep(p, t, err);
    if (rc)
        return rc;
    t->before = mw_disturbance_now();
    const uint64_t start_ns = mw_clock_ns();
    rc = start(p, t->of, &end, err);
    t->took_us = (double)(mw_clock_ns() - start_ns) * 1e-3;
    t->after = mw_disturbance_now();
    if (!rc && mw_interrupted())
        rc = mw_fail(err, -EINTR, "interrupted");
    if (!rc)
        rc = mw_peer_roof_sweep(p, t, err);
    if (!rc && failed(p, &end.child, mw_peer_read(end.child.out, end.child.err, &t->result), why, sizeof why)) {
        free(t->result.latency_us);
        t->result = (mw_peer_result){.tokens_per_s = NAN, .prefill_per_s = NAN, .first_token_ms = NAN};
        mw_child_last_words(&end.child, words, sizeof words);
        const int code = end.child.status == 1 ? -EDOM : -EINVAL;
        if (!t->of->variant)
            mw_session_warn(p->session, "not counted: %s: %s%s%s", mw_contender_title(t->of, title), why,
                            *words ? "; its last words: " : "", words);
        else if (end.said && !end.child.late && !end.child.flooded) /* one of ours that fails is the end of the run */
            rc = mw_fail(err, code, "%s", end.why);
        else
            rc = mw_fail(err, code, "%s: its process %s", t->of->name, why);
    }
    if (!rc)
        mw_peers_record_turn(p, t);
    free(t->result.latency_us);
    mw_job_end_free(&end);
    return rc;
}

/* --- in a process of ours --- */

/* Decodes; latency_us[0] is that of the prompt, *first_token_ms from before the model file was opened. */
static int decode(const mw_job *job, const mw_runner *r, int32_t *prompt, uint64_t opened_ns, double *latency_us,
                  double *first_token_ms, mw_error *err)
{
    const uint32_t vocab = r->model->config.vocab_size;
    int32_t token = 0;
    mw_prompt_make_up(prompt, job->prompt_tokens, vocab);
    for (uint32_t i = 0, pos = (uint32_t)job->prompt_tokens - 1; i < job->tokens; i++, pos++) {
        if (mw_interrupted())
            return mw_fail(err, -EINTR, "interrupted");
        const uint64_t start = mw_clock_ns();
        const float *logits = i == 0 ? mw_decoder_prefill(r->decoder, prompt, job->prompt_tokens, 0)
                                     : mw_decoder_forward(r->decoder, token, pos);
        const int rc = mw_next_token(logits, vocab, r->variant->name, pos, &token, err);
        const uint64_t end = mw_clock_ns();
        if (rc)
            return rc;
        latency_us[i] = (double)(end - start) * 1e-3;
        if (i == 0)
            *first_token_ms = (double)(end - opened_ns) * 1e-6;
    }
    return 0;
}

static int tell(const double *latency_us, uint64_t n, double first_token_ms, mw_error *err)
{
    double sum = 0;
    for (uint64_t i = MW_WARMUP_TOKENS; i < n; i++)
        sum += latency_us[i];
    printf("memwall-first-token-ms: %.6f\nmemwall-tokens-per-s: %.9g\nmemwall-latency-us:", first_token_ms,
           (double)(n - MW_WARMUP_TOKENS) / sum * 1e6);
    for (uint64_t i = MW_WARMUP_TOKENS; i < n; i++)
        printf(" %.3f", latency_us[i]);
    printf("\n");
    return fflush(stdout) || ferror(stdout) ? mw_fail(err, -EIO, "stdout cannot be written") : 0;
}

int mw_turn_run(const mw_job *job, uint64_t entered_ns, mw_error *err)
{
    (void)entered_ns;
    if (job->prompt_tokens < 1 || job->tokens <= MW_WARMUP_TOKENS)
        return mw_job_refuse(err);
    const int n_cpus = (int)job->cpus.n;
    int32_t *prompt = calloc(job->prompt_tokens, sizeof *prompt);
    double *latency_us = calloc(job->tokens, sizeof *latency_us), first_token_ms = NAN;
    mw_variant variant;
    mw_topology *topology = NULL;
    mw_pool *pool = NULL;
    mw_runner runner = {0};
    int rc = mw_variant_parse(job->variant, MW_F32, &variant, err);
    if (!rc && (!prompt || !latency_us))
        rc = mw_fail(err, -ENOMEM, "no memory for the times of tokens; use fewer --tokens");
    if (!rc)
        rc = mw_topology_open(&topology, err);
    if (!rc)
        mw_topology_bind_memory(topology, job->cpus.at, n_cpus);
    if (!rc)
        rc = mw_pool_create(job->threads, topology, job->cpus.at, n_cpus, &pool, err);
    const uint64_t opened_ns = mw_clock_ns();
    if (!rc)
        rc = mw_runner_open(&runner, &variant, job->model, err);
    if (!rc)
        rc = mw_runner_load(&runner, err);
    if (!rc)
        rc = mw_runner_ready(&runner, pool, (uint32_t)(job->prompt_tokens - 1 + job->tokens), err);
    if (!rc)
        mw_decoder_touch_embedding(runner.decoder);
    if (!rc)
        rc = decode(job, &runner, prompt, opened_ns, latency_us, &first_token_ms, err);
    if (!rc)
        rc = tell(latency_us, job->tokens, first_token_ms, err);
    free(prompt);
    free(latency_us);
    mw_runner_close(&runner);
    mw_pool_free(pool);
    mw_topology_close(topology);
    return rc;
}
