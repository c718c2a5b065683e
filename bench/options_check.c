/* What options have to do with each other, and the defaults that depend on the suite. */
#include "bench/options_parts.h"

#include "platform/os.h"

#include <errno.h>
#include <string.h>

/* A suite runs in --reps processes by default, or in one. */
static const struct {
    const char *name, *help;
    bool once;
} suites[] = {
    {"decode", "tokens per second of every variant beside its roof", false},
    {"aa", "the same variant under two names", false},
    {"roof", "how fast memory can be read", true},
    {"micro", "bandwidth, latency, kernels by themselves", true},
    {"clu", "cache-line utilization, counted", true},
    {"ttft", "time to first token, cold and warm", false},
    {"profile", "shares of a token's time, operation by operation", false},
    {"perplexity", "of a trained model, against double precision", true},
    {"peers", "other people's programs beside ours", false},
    {"torch", "PyTorch beside tvl", false},
    {"soak", "does a long run slow down?", true},
    {"claims", "the paper's claims, judged", false},
};

enum { SUITES = sizeof suites / sizeof suites[0] };

void mw_options_help_suites(FILE *to)
{
    for (int i = 0; i < SUITES; i++)
        fprintf(to, "  %-20s %s\n", suites[i].name, suites[i].help);
}

bool mw_options_suite(const char *name)
{
    for (int i = 0; i < SUITES; i++)
        if (strcmp(name, suites[i].name) == 0)
            return true;
    return false;
}

static bool runs_once(const char *name)
{
    for (int i = 0; i < SUITES; i++)
        if (strcmp(name, suites[i].name) == 0)
            return suites[i].once;
    return false;
}

static int check_suite(const mw_options *o, mw_error *err)
{
    char names[128] = "";
    if (mw_options_suite(o->suite))
        return 0;
    for (int i = 0; i < SUITES; i++) {
        const size_t n = strlen(names);
        snprintf(names + n, sizeof names - n, "%s%s", i == 0 ? "" : i + 1 < SUITES ? ", " : " or ", suites[i].name);
    }
    return mw_fail(err, -EINVAL, "no suite is called '%.32s'; choose %s", o->suite, names);
}

static int check_peers(mw_options *o, bool suite, mw_error *err)
{
    if (!suite && (o->n_peers > 0 || o->peer_limit > 0))
        return mw_fail(err, -EINVAL, "--peer%s is for --suite=peers", o->n_peers > 0 ? "" : "-limit");
    if (suite && o->n_peers == 0)
        return mw_fail(err, -EINVAL, "suite peers needs --peer=NAME:COMMAND, once for each program");
    if (suite && o->prompt)
        return mw_fail(err, -EINVAL, "--prompt is not for suite peers: every program starts from no text");
    if (o->peer_limit == 0)
        o->peer_limit = 600;
    return 0;
}

int mw_options_complete(mw_options *o, mw_error *err)
{
    int rc = check_suite(o, err);
    if (rc)
        return rc;
    const bool ttft = strcmp(o->suite, "ttft") == 0, peers = strcmp(o->suite, "peers") == 0;
    if ((ttft || peers) && mw_emulator())
        return mw_fail(err, -EINVAL, "suite %s starts a program for every sample, which cannot be done under %s",
                       o->suite, mw_emulator());
    if ((ttft || peers) && o->precision > 0)
        return mw_fail(err, -EINVAL, "--precision is about the share of the roof; suite %s takes --reps=N", o->suite);
    rc = check_peers(o, peers, err);
    if (rc)
        return rc;
    if (o->n_prompts > 0 && (!ttft || o->prompt))
        return mw_fail(err, -EINVAL, "--prompt-tokens is for --suite=ttft, instead of a --prompt");
    if (o->n_prompts == 0 && !o->prompt) {
        o->prompts[o->n_prompts++] = 1;
        o->prompts[o->n_prompts++] = 64;
    }
    if (o->n_threads == 0) { /* who waits for a first token uses all that the machine has */
        if (!ttft)
            o->threads[o->n_threads++] = 1;
        o->threads[o->n_threads++] = 0;
    }
    const bool google = strcmp(o->suite, "roof") == 0 || strcmp(o->suite, "micro") == 0;
    if (o->n_benchmark > 0 && !google)
        return mw_fail(err, -EINVAL, "%.64s is for --suite=roof and --suite=micro", o->benchmark[0]);
    const bool once = runs_once(o->suite), claims = strcmp(o->suite, "claims") == 0;
    if (once && !google && o->reps > 1)
        return mw_fail(err, -EINVAL, "suite %s %s; leave out --reps", o->suite,
                       strcmp(o->suite, "soak") == 0 ? "is one long run"
                                                     : "counts or computes and gets the same numbers every time");
    if (claims && (o->variant || o->layout || o->kernel || o->load))
        return mw_fail(err, -EINVAL, "suite claims knows which variants its claims are about; leave out --%s",
                       o->variant  ? "variant"
                       : o->layout ? "layout"
                       : o->kernel ? "kernel"
                                   : "load");
    /* P99 has an interval from 368 tokens on; who starts a program for a number lets it run longer */
    if (o->tokens == 0)
        o->tokens = peers ? 128 : MW_WARMUP_TOKENS + (claims ? 70 : 48);
    if (google && o->reps > 1)
        return mw_fail(err, -EINVAL, "suite %s repeats within one process; use --benchmark_repetitions=%llu", o->suite,
                       (unsigned long long)o->reps);
    /* an emulator cannot start programs as the system does */
    if (o->reps == 0)
        o->reps = once || mw_emulator() ? 1 : 6;
    if (o->precision > 0 && o->reps < 2)
        return mw_fail(err, -EINVAL, "--precision needs at least --reps=2: the spread between processes decides");
    if (o->force)
        return mw_fail(err, -EINVAL, "--force belongs to --compare");
    if (o->plot && (strcmp(o->suite, "decode") != 0 || o->format != MW_FORMAT_TABLE))
        return mw_fail(err, -EINVAL,
                       "--plot draws what suite decode shows as a table; leave out --plot, --suite or --format");
    if (o->prompt && !o->tokenizer)
        return mw_fail(err, -EINVAL, "--prompt needs --tokenizer=PATH, the tokenizer.bin of the model");
    if (o->variant && (o->layout || o->kernel))
        return mw_fail(err, -EINVAL, "--variant names whole variants; leave out --layout and --kernel");
    return 0;
}
