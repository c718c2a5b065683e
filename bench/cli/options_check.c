/* What options have to do with each other, and the defaults that depend on the suite. */
#include "bench/profile/profile_suite.h"
#include "bench/cli/options_parts.h"
#include "bench/suites.h"

#include "engine/synthetic.h"
#include "platform/os.h"

#include <errno.h>
#include <string.h>

static int check_suite(const mw_options *o, mw_error *err)
{
    char names[256] = "";
    if (mw_suite_named(o->suite))
        return 0;
    for (const mw_suite *e = mw_suites; e->name; e++) {
        const size_t n = strlen(names);
        snprintf(names + n, sizeof names - n, "%s%s", e == mw_suites ? "" : e[1].name ? ", " : " or ", e->name);
    }
    return mw_fail(err, -EINVAL, "no suite is called '%.32s'; choose %s", o->suite, names);
}

static int check_peers(mw_options *o, bool suite, mw_error *err)
{
    if (suite && o->n_peers == 0)
        return mw_fail(err, -EINVAL, "suite peers needs --peer=NAME:COMMAND, once for each program");
    if (o->peer_limit == 0)
        o->peer_limit = 600;
    return 0;
}

/* Rounds of suite context: enough for the median of differences that are a fifth of a token or less. */
enum { CONTEXT_ROUNDS = 48 };

static int check_positions(mw_options *o, mw_error *err)
{
    static const size_t usual[] = {10, 250, 500, 1000};
    if (o->n_positions == 0)
        for (; o->n_positions < (int)(sizeof usual / sizeof usual[0]); o->n_positions++)
            o->positions[o->n_positions] = usual[o->n_positions];
    if (o->n_positions < 2)
        return mw_fail(err, -EINVAL, "--positions: one alone has nothing to be held against; give two or more: 10,%zu",
                       o->positions[0] > 10 ? o->positions[0] : 1000);
    for (int i = 1; i < o->n_positions; i++)
        if (o->positions[i] <= o->positions[i - 1])
            return mw_fail(err, -EINVAL, "--positions: %zu behind %zu; give each once, in rising order",
                           o->positions[i], o->positions[i - 1]);
    if (o->tokens == 0)
        o->tokens = MW_WARMUP_TOKENS + CONTEXT_ROUNDS * (uint64_t)o->n_positions;
    if (o->tokens < MW_WARMUP_TOKENS + (uint64_t)o->n_positions)
        return mw_fail(err, -EINVAL, "--tokens=%llu: a round takes %d tokens after %d of warm-up; give more",
                       (unsigned long long)o->tokens, o->n_positions, MW_WARMUP_TOKENS);
    return 0;
}

/* Steady tokens of suite growth, where a model is small (growth_shapes.c takes fewer of large ones): within the
 * positions of the smallest, and many, as the stalls of a machine are few beside a token of a millisecond. */
enum { GROWTH_TOKENS = 240 };

static int check_growth(mw_options *o, bool suite, mw_error *err)
{
    const char *list = o->shapes;
    char item[64];
    mw_config config;
    int rc = 0;
    while (!rc && list && mw_cli_item(&list, item, sizeof item))
        rc = mw_synthetic_config(item, &config, err);
    if (!suite && !o->model)
        o->model = "synthetic:stories110M";
    return rc;
}

int mw_options_complete(mw_options *o, mw_error *err)
{
    if (!o->suite)
        o->suite = o->profile ? "profile" : "decode";
    int rc = check_suite(o, err);
    if (!rc && o->profile && strcmp(o->suite, "profile") != 0)
        rc = mw_fail(err, -EINVAL, "--profile is short for --suite=profile; leave out --suite=%s", o->suite);
    if (!rc)
        rc = mw_options_check_suite(o, err);
    if (rc)
        return rc;
    const bool ttft = strcmp(o->suite, "ttft") == 0, peers = strcmp(o->suite, "peers") == 0;
    const bool context = strcmp(o->suite, "context") == 0, growth = strcmp(o->suite, "growth") == 0;
    const bool all = strcmp(o->suite, "all") == 0;
    if (all && (o->format == MW_FORMAT_CSV || o->format == MW_FORMAT_JSON))
        return mw_fail(err, -EINVAL,
                       "--format=%s: suite all shows many tables; use table or md, and the results.csv of each folder",
                       o->format == MW_FORMAT_CSV ? "csv" : "json");
    if ((ttft || peers || growth || all) && mw_emulator())
        return mw_fail(err, -EINVAL, "suite %s starts other processes, which cannot be done under %s", o->suite,
                       mw_emulator());
    rc = check_peers(o, peers, err);
    if (!rc && context)
        rc = check_positions(o, err);
    if (!rc)
        rc = check_growth(o, growth, err);
    if (rc)
        return rc;
    if (o->n_prompts > 0 && o->prompt)
        return mw_fail(err, -EINVAL, "--prompt-tokens stands instead of a --prompt; leave out one of them");
    if (o->n_prompts > 1 && peers)
        return mw_fail(err, -EINVAL, "--prompt-tokens: suite peers takes one length");
    if (o->n_prompts == 0 && !o->prompt) {
        o->prompts[o->n_prompts++] = 1;
        if (!peers)
            o->prompts[o->n_prompts++] = 64;
    }
    if (o->n_threads == 0) { /* who waits for a first token uses all that the machine has */
        if (!ttft)
            o->threads[o->n_threads++] = 1;
        o->threads[o->n_threads++] = 0;
    }
    /* P99 has an interval from 368 tokens on; who starts a program for a number lets it run longer */
    if (o->tokens == 0)
        o->tokens = peers                             ? 128
                    : growth                          ? MW_WARMUP_TOKENS + GROWTH_TOKENS
                    : strcmp(o->suite, "claims") == 0 ? MW_WARMUP_TOKENS + 70
                                                      : MW_WARMUP_TOKENS + 48;
    if (strcmp(o->suite, "profile") == 0 && o->tokens <= MW_PROFILE_POSITION)
        return mw_fail(err, -EINVAL, "suite profile looks at the token at position %d; give --tokens=%d or more",
                       MW_PROFILE_POSITION, MW_PROFILE_POSITION + 1);
    /* an emulator cannot start programs as the system does */
    if (o->reps == 0)
        o->reps = mw_suite_named(o->suite)->processes == MW_ONE_PROCESS || mw_emulator() ? 1 : 6;
    if (o->precision > 0 && o->reps < 2)
        return mw_fail(err, -EINVAL, "--precision needs at least --reps=2: the spread between processes decides");
    if (o->force)
        return mw_fail(err, -EINVAL, "--force belongs to --compare");
    if (o->plot && o->format != MW_FORMAT_TABLE)
        return mw_fail(err, -EINVAL, "--plot draws what suite decode shows as a table; leave out --plot or --format");
    if (o->prompt && !o->tokenizer)
        return mw_fail(err, -EINVAL, "--prompt needs --tokenizer=PATH, the tokenizer.bin of the model");
    if (o->variant && (o->layout || o->kernel))
        return mw_fail(err, -EINVAL, "--variant names whole variants; leave out --layout and --kernel");
    return 0;
}
