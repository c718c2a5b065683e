#include "bench/peers/turn.h"

#include "bench/cli/options.h"
#include "bench/run/prompt.h"
#include "engine/runner.h"
#include "platform/cli.h"
#include "platform/os.h"
#include "platform/progress.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char variable[] = "MEMWALL_TURN"; /* "1" */

/* The command line of a turn. The second word is for those who look at a list of processes. */
enum { PROGRAM, WORD, MODEL, VARIANT, THREADS, CPUS, PROMPT, TOKENS, ARGUMENTS };

int mw_turn_start(char *program, const mw_turn *t, double limit_s, mw_child_output *output, mw_error *err)
{
    enum { WIDTH = 12 };
    static char cpus[MW_MAX_CPUS * WIDTH];
    char word[] = "turn", threads[16], prompt[32], tokens[32];
    size_t used = 0;
    cpus[0] = '\0';
    for (int i = 0; i < t->n_cpus; i++)
        used += (size_t)snprintf(cpus + used, WIDTH, "%s%d", i ? "," : "", t->cpus[i]);
    snprintf(threads, sizeof threads, "%d", t->threads);
    snprintf(prompt, sizeof prompt, "%llu", (unsigned long long)t->prompt);
    snprintf(tokens, sizeof tokens, "%llu", (unsigned long long)t->tokens);
    char *const argv[ARGUMENTS + 1] = {[PROGRAM] = program,
                                       [WORD] = word,
                                       [MODEL] = (char *)(uintptr_t)t->model,
                                       [VARIANT] = (char *)(uintptr_t)t->variant->name,
                                       [THREADS] = threads,
                                       [CPUS] = cpus,
                                       [PROMPT] = prompt,
                                       [TOKENS] = tokens};
    return mw_child_capture(argv, variable, "1", limit_s, output, err);
}

int mw_turn_is(int argc, mw_error *err)
{
    const char *text = getenv(variable);
    if (!text)
        return 0;
    if (argc != ARGUMENTS || strcmp(text, "1") != 0)
        return mw_fail(err, -EINVAL, "%s is set, but not by this program; unset it", variable);
    return 1;
}

/* What lives from the first token to the last. */
typedef struct run {
    mw_variant variant;
    uint64_t threads, n_prompt, tokens;
    int cpus[MW_MAX_CPUS], n_cpus;
    mw_topology *topology;
    mw_pool *pool;
    mw_runner runner;
    int32_t *prompt;       /* [n_prompt] */
    double *latency_us;    /* [tokens]; the first one is the prompt's */
    double first_token_ms; /* from before the model file is opened */
} run;

static int parse(run *r, char **argv, mw_error *err)
{
    const char *cpus = argv[CPUS];
    char item[32];
    uint64_t n;
    int rc = mw_variant_parse(argv[VARIANT], &r->variant, err);
    if (!rc)
        rc = mw_cli_integer("threads", argv[THREADS], 1, MW_MAX_CPUS, &r->threads, err);
    if (!rc)
        rc = mw_cli_integer("tokens", argv[TOKENS], MW_WARMUP_TOKENS + 1, MW_MAX_SEQ_LEN, &r->tokens, err);
    if (!rc)
        rc = mw_cli_integer("prompt-tokens", argv[PROMPT], 1, MW_MAX_SEQ_LEN, &r->n_prompt, err);
    while (!rc && r->n_cpus < MW_MAX_CPUS && mw_cli_item(&cpus, item, sizeof item)) {
        rc = mw_cli_integer("cpus", item, 0, MW_MAX_CPUS - 1, &n, err);
        r->cpus[r->n_cpus++] = (int)n;
    }
    return rc;
}

static int start_threads(run *r, mw_error *err)
{
    int rc = mw_topology_open(&r->topology, err);
    if (rc)
        return rc;
    mw_topology_bind_memory(r->topology, r->cpus, r->n_cpus);
    return mw_pool_create((int)r->threads, r->topology, r->cpus, r->n_cpus, &r->pool, err);
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
        const float *logits = i == 0 ? mw_decoder_prefill(decoder, r->prompt, r->n_prompt, 0)
                                     : mw_decoder_forward(decoder, token, pos);
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

int mw_turn_run(char **argv, mw_error *err)
{
    static run r; /* lists of CPUs make it large for a stack */
    r = (run){0};
    int rc = parse(&r, argv, err);
    if (!rc)
        rc = make_room(&r, err);
    if (!rc)
        rc = start_threads(&r, err);
    const uint64_t opened_ns = mw_clock_ns();
    if (!rc)
        rc = make_ready(&r, argv[MODEL], err);
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
