/* generate: text from a model. Text goes to stdout, statistics to stderr. */
#include "engine/generate_ids.h"
#include "engine/offer_models.h"
#include "engine/runner.h"
#include "engine/tokenizer.h"
#include "platform/cli_complete.h"
#include "platform/cli_page.h"
#include "platform/os.h"
#include "platform/program.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build_info.h"

typedef struct settings {
    const char *model, *tokenizer, *prompt, *prompt_ids, *variant;
    double temperature, top_p;
    uint64_t tokens, seed, threads;
    bool ids, tokenize, help, version;
    unsigned given; /* bit by option */
} settings;

enum {
    MODEL,
    TOKENIZER,
    PROMPT,
    PROMPT_IDS,
    IDS,
    TOKENIZE,
    TOKENS,
    TEMPERATURE,
    TOP_P,
    SEED,
    VARIANT,
    THREADS,
    HELP,
    VERSION
};

static const mw_cli_option options[] = {
    [MODEL] = {"model", "PATH", "GGUF, checkpoint, name in the cache, synthetic:SHAPE", mw_offer_models},
    [TOKENIZER] = {"tokenizer", "PATH", "tokenizer.bin or GGUF (a GGUF model has its own)", mw_cli_offer_files},
    [PROMPT] = {"prompt", "TEXT", "text to continue"},
    [PROMPT_IDS] = {"prompt-ids", "LIST", "tokens to continue, in place of a text: 1,5,300"},
    [IDS] = {"ids", NULL, "print the ids of the new tokens on one line, not text"},
    [TOKENIZE] = {"tokenize", NULL, "only print the ids of the text on stdin"},
    [TOKENS] = {"tokens", "N", "maximum number of new tokens (256)"},
    [TEMPERATURE] = {"temperature", "T", "0 is greedy (1.0)"},
    [TOP_P] = {"top-p", "P", "sample from the likeliest tokens with total P (0.9)"},
    [SEED] = {"seed", "N", "random seed (from the clock)"},
    [VARIANT] = {"variant", "NAME", "variant that computes (tvl)", mw_offer_variants},
    [THREADS] = {"threads", "N", "threads (all CPUs, or as many as a quota allows)"},
    [HELP] = {"help", NULL, "this text"},
    [VERSION] = {"version", NULL, "version and commit"},
    {0},
};

static const char *const usage[] = {"--model=PATH [--tokenizer=PATH] [options]", "--tokenizer=PATH --tokenize <TEXT",
                                    NULL};
static const mw_cli_list lists[] = {{"environment", mw_cli_environment}, {0}};
static const mw_cli_page page = {
    .name = "generate",
    .command = "memwall generate",
    .summary = "generate text from a model, with the kernels of memwall",
    .usage = usage,
    .text = "Generates text from a model. The text goes to stdout, statistics go to stderr.",
    .options = options,
    .lists = lists,
    .codes = "0 success; 1 a logit is not finite; 2 usage, bad input, I/O; 130 interrupted.",
    .see = "memwall(1), memwall-bench(1), memwall-pack(1)",
};

static int set(void *to, int index, const char *value, mw_error *err)
{
    settings *s = to;
    const char *name = options[index].name;
    s->given |= 1u << index;
    switch (index) {
    case MODEL: s->model = value; return 0;
    case TOKENIZER: s->tokenizer = value; return 0;
    case PROMPT: s->prompt = value; return 0;
    case PROMPT_IDS: s->prompt_ids = value; return 0;
    case IDS: s->ids = true; return 0;
    case TOKENIZE: s->tokenize = true; return 0;
    case TOKENS: return mw_cli_integer(name, value, 1, MW_MAX_SEQ_LEN, &s->tokens, err);
    case TEMPERATURE: return mw_cli_number(name, value, 0, 100, &s->temperature, err);
    case TOP_P: return mw_cli_number(name, value, 0, 1, &s->top_p, err);
    case SEED: return mw_cli_integer(name, value, 1, UINT64_MAX, &s->seed, err);
    case VARIANT: s->variant = value; return 0;
    case THREADS: return mw_cli_integer(name, value, 1, MW_MAX_CPUS, &s->threads, err);
    case HELP: s->help = true; return 0;
    default: s->version = true; return 0;
    }
}

/* Whether a tokenizer is needed: not if ids come in and go out. */
static bool needs_tokenizer(const settings *s)
{
    return !s->prompt_ids || !s->ids;
}

/* Whether the options make sense together. */
static int check(const settings *s, mw_error *err)
{
    for (int i = 0; s->tokenize && options[i].name; i++)
        if (s->given >> i & 1 && i != TOKENIZER && i != TOKENIZE)
            return mw_fail(err, -EINVAL, "--%s has no use with --tokenize, which reads a text from stdin; see --help",
                           options[i].name);
    if (s->tokenize)
        return s->tokenizer ? 0 : mw_fail(err, -EINVAL, "--tokenizer is missing; see --help");
    if (!s->model)
        return mw_fail(err, -EINVAL, "--model is missing; see --help");
    if (s->prompt && s->prompt_ids)
        return mw_fail(err, -EINVAL, "--prompt and --prompt-ids both give the prompt; leave one out");
    if (!s->tokenizer && needs_tokenizer(s) && !mw_tokenizer_inside(s->model))
        return mw_fail(err, -EINVAL, "--tokenizer is missing; see --help");
    return 0;
}

/* Everything that one run holds; closed in one place. */
typedef struct run {
    mw_model model, packed; /* the second only if the variant maps a .tvl file and the model is none */
    mw_progress progress;
    mw_tokenizer *tokenizer;
    mw_sampler *sampler;
    mw_topology *topology;
    mw_pool *pool;
    mw_variant variant;
    mw_runner runner;
    int32_t *prompt;
    size_t n_prompt;
} run;

static void close_run(run *r)
{
    free(r->prompt);
    mw_runner_close(&r->runner);
    mw_pool_free(r->pool);
    mw_topology_close(r->topology);
    mw_sampler_free(r->sampler);
    mw_tokenizer_close(r->tokenizer);
    mw_model_close(&r->packed);
    mw_model_close(&r->model);
}

/* Fills r->prompt; opens the tokenizer if one is named or needed. */
static int read_prompt(const settings *s, run *r, mw_error *err)
{
    const uint32_t vocab_size = r->model.config.vocab_size;
    int rc = 0;
    if (s->tokenizer || needs_tokenizer(s))
        rc = mw_tokenizer_choose(s->tokenizer, r->model.file.path, vocab_size, &r->tokenizer, err);
    if (rc)
        return rc;
    if (!s->prompt_ids)
        return mw_tokenizer_prompt(r->tokenizer, s->prompt ? s->prompt : "", &r->prompt, &r->n_prompt, err);
    rc = mw_ids_parse(options[PROMPT_IDS].name, s->prompt_ids, &r->prompt, &r->n_prompt, err);
    return rc ? rc : mw_ids_check(options[PROMPT_IDS].name, r->prompt, r->n_prompt, vocab_size, err);
}

static int open_run(const settings *s, run *r, mw_error *err)
{
    const mw_model *source = NULL;
    int cpus[MW_MAX_CPUS], n_cpus, rc = mw_variant_parse(s->variant, mw_model_dtype_of(s->model), &r->variant, err);
    if (!rc)
        rc = mw_model_open(s->model, mw_progress_bytes, &r->progress, &r->model, err);
    if (!rc)
        rc = read_prompt(s, r, err);
    if (!rc)
        rc = mw_sampler_create(r->model.config.vocab_size, (float)s->temperature, (float)s->top_p, s->seed, &r->sampler,
                               err);
    if (!rc)
        rc = mw_topology_open(&r->topology, err);
    if (rc)
        return rc;
    n_cpus = mw_topology_cpus(r->topology, cpus);
    int threads = s->threads ? (int)s->threads : mw_threads_worthwhile(n_cpus);
    const mw_config *c = &r->model.config;
    if (r->n_prompt > c->seq_len)
        return mw_fail(err, -EINVAL, "the prompt has %zu tokens, the model takes %u; shorten it", r->n_prompt,
                       c->seq_len);
    uint64_t positions = r->n_prompt + s->tokens;
    if (positions > c->seq_len)
        positions = c->seq_len;
    rc = mw_model_for(&r->model, &r->variant, mw_progress_bytes, &r->progress, &r->packed, &source, err);
    r->runner = mw_runner_of(&r->variant, source);
    if (!rc)
        rc = mw_pool_create(threads, r->topology, cpus, n_cpus, &r->pool, err);
    if (!rc)
        rc = mw_runner_load(&r->runner, err);
    return rc ? rc : mw_runner_ready(&r->runner, r->pool, (uint32_t)positions, err);
}

/* Writes the text of `next`, which follows `token` (-1: nothing does); -EPIPE and the like if it cannot be written. */
static int write_piece(run *r, int32_t token, int32_t next, mw_error *err)
{
    const char *piece = mw_tokenizer_decode(r->tokenizer, token, next);
    if (piece && mw_piece_printable(piece) && (fputs(piece, stdout) == EOF || fflush(stdout)))
        return mw_fail(err, -errno, "the text cannot be written: %s", strerror(errno));
    return 0;
}

static int write_id(int32_t id, bool first, mw_error *err)
{
    if (printf(first ? "%d" : " %d", id) < 0 || fflush(stdout))
        return mw_fail(err, -errno, "the ids cannot be written: %s", strerror(errno));
    return 0;
}

/* Writes the prompt but for a BOS. */
static int write_prompt(run *r, mw_error *err)
{
    const bool bos = r->prompt[0] == mw_tokenizer_get_ends(r->tokenizer)->bos;
    int rc = 0;
    for (size_t i = bos; i < r->n_prompt && !rc; i++)
        rc = write_piece(r, i ? r->prompt[i - 1] : -1, r->prompt[i], err);
    return rc;
}

/* Feeds the prompt, then samples until the model ends the text, the tokens are used up or its positions are. Ids do not
 * end: what ends a text is a matter of the tokenizer, and there may be none. */
static int talk(const settings *s, run *r, mw_error *err)
{
    uint32_t pos = (uint32_t)r->n_prompt - 1, calls = 0;
    int32_t token = r->prompt[pos];
    int rc = s->ids ? 0 : write_prompt(r, err);
    if (!rc && pos > 0 && !mw_decoder_prefill(r->runner.decoder, r->prompt, pos, 0))
        rc = mw_fail(err, -EINVAL, "a token of the prompt is not in the model's vocabulary");
    uint64_t start = 0;
    for (uint64_t made = 0; !rc && made < s->tokens && pos < r->model.config.seq_len; made++, pos++) {
        if (mw_interrupted())
            return mw_fail(err, -EINTR, "interrupted after %u positions", pos);
        float *logits = mw_decoder_forward(r->runner.decoder, token, pos);
        calls++;
        if (!start)
            start = mw_clock_ns(); /* as llama2.c, the first token is not counted: it warms the caches */
        int32_t next = mw_sampler_next(r->sampler, logits);
        if (next < 0)
            return mw_not_finite(s->variant, pos, err);
        if (!s->ids && mw_tokenizer_is_end(r->tokenizer, next))
            break;
        rc = s->ids ? write_id(next, made == 0, err) : write_piece(r, token, next, err);
        token = next;
    }
    if (rc)
        return rc;
    putchar('\n');
    double seconds = (double)(mw_clock_ns() - start) * 1e-9;
    if (calls > 1)
        fprintf(stderr, "achieved tok/s: %.2f (%u positions, %d threads, %s, seed %llu%s)\n", (calls - 1) / seconds,
                calls, mw_pool_threads(r->pool), r->variant.name, (unsigned long long)s->seed,
                mw_emulator() ? ", emulated" : "");
    return 0;
}

/* Says what went wrong, if anything did, and returns the exit code. */
static int end(int rc, const mw_error *err)
{
    if (rc)
        fprintf(stderr, "generate: %s\n", err->text);
    return rc == 0 ? 0 : rc == -EINTR ? 130 : rc == -EDOM ? 1 : 2;
}

int main(int argc, char **argv)
{
    settings s = {.variant = "tvl", .temperature = 1.0, .top_p = 0.9, .tokens = 256};
    mw_error err;
    mw_program_start("generate");
    if (mw_cli_page_serve(&page, argc, argv))
        return end(mw_program_end(&err), &err);
    int operands, rc = mw_cli_parse(argc, argv, options, set, &s, &operands, &err);
    if (!rc && operands < argc)
        rc = mw_fail(&err, -EINVAL, "'%.64s' is not an option; see --help", argv[operands]);
    if (!rc && (s.help || s.version)) {
        if (s.version)
            printf("generate %s (%s)\n", MW_VERSION, MW_COMMIT);
        else
            mw_cli_page_help(stdout, &page, argv[0]);
        return end(mw_program_end(&err), &err);
    }
    if (!rc)
        rc = check(&s, &err);
    if (!rc && s.tokenize) {
        rc = mw_ids_of_stdin(s.tokenizer, &err);
        return end(rc ? rc : mw_program_end(&err), &err);
    }
    if (!s.seed)
        s.seed = mw_clock_ns() | 1;
    run r = {.model = {.file = {.fd = -1}}, .packed = {.file = {.fd = -1}}, .progress = mw_progress_open(false)};
    mw_interrupt_catch();
    if (!rc)
        rc = open_run(&s, &r, &err);
    mw_progress_clear(&r.progress);
    if (!rc)
        rc = talk(&s, &r, &err);
    close_run(&r);
    return end(rc ? rc : mw_program_end(&err), &err);
}
