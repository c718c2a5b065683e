/* Which options are for some suites only: what a single suite refuses, and suite `all` hands on to nobody else. */
#include "bench/cli/options_parts.h"
#include "bench/suites.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is not listed is for all suites. "benchmark_" stands for all options of Google Benchmark. */
static const struct rule {
    const char *options;
    const char *only, *never; /* suites, one of the two */
    const char *hint;
} rules[] = {
    {"peer,peer-limit", .only = "peers"},
    {"positions", .only = "context"},
    {"shapes", .only = "growth", .hint = "elsewhere use --model=synthetic:SHAPE"},
    {"prompt-tokens", .only = "ttft,peers", .hint = "elsewhere use --prompt"},
    {"precision", .only = "decode,aa", .hint = "it is about the share of the roof; elsewhere use --reps"},
    {"soak", .only = "soak,claims"},
    {"plot", .only = "decode"},
    {"benchmark_", .only = "roof,micro"},
    {"model,prompt", .never = "growth", .hint = "it goes through synthetic models, see --shapes"},
    {"prompt", .never = "peers", .hint = "every program starts from no text"},
    {"prompt", .never = "context", .hint = "it fills the sequence with tokens of its own"},
    {"prompt", .never = "torch", .hint = "PyTorch starts from no text"},
    {"variant,layout,kernel,load", .never = "claims", .hint = "it knows which variants its claims are about"},
    {"reps", .never = "soak", .hint = "it is one long run"},
    {"reps", .never = "clu,perplexity", .hint = "it counts or computes and gets the same numbers every time"},
    {"reps", .never = "roof,micro", .hint = "it repeats within one process, see --benchmark_repetitions"},
};
enum { RULES = sizeof rules / sizeof rules[0] };

static bool holds(const char *list, const char *name)
{
    char item[32];
    while (mw_cli_item(&list, item, sizeof item))
        if (strcmp(item, name) == 0)
            return true;
    return false;
}

static bool forbids(const struct rule *r, const char *suite)
{
    return r->only ? !holds(r->only, suite) : holds(r->never, suite);
}

static bool is_for(const char *option, const char *suite)
{
    for (int i = 0; i < RULES; i++)
        if (holds(rules[i].options, option) && forbids(&rules[i], suite))
            return false;
    return true;
}

/* --- one suite --- */

static int refuse(const struct rule *r, const char *option, const char *suite, mw_error *err)
{
    char suites[120] = "", item[32];
    const char *list = r->only;
    if (!list)
        return mw_fail(err, -EINVAL, "%s is not for suite %s: %s", option, suite, r->hint);
    while (mw_cli_item(&list, item, sizeof item)) {
        const size_t n = strlen(suites);
        snprintf(suites + n, sizeof suites - n, "%s--suite=%s", n ? " and " : "", item);
    }
    return mw_fail(err, -EINVAL, "%s is for %s%s%s", option, suites, r->hint ? "; " : "", r->hint ? r->hint : "");
}

int mw_options_check_suite(const mw_options *o, mw_error *err)
{
    char word[40];
    if (mw_suite_named(o->suite)->processes == MW_OTHER_SUITES)
        return 0;
    for (int r = 0; r < RULES; r++) {
        if (!forbids(&rules[r], o->suite))
            continue;
        if (o->n_benchmark > 0 && holds(rules[r].options, "benchmark_")) {
            snprintf(word, sizeof word, "%s", o->benchmark[0]);
            return refuse(&rules[r], word, o->suite, err);
        }
        for (int i = 0; mw_bench_options[i].name; i++) {
            const char *name = mw_bench_options[i].name;
            const bool no_more = strcmp(name, "reps") == 0 && o->reps == 1; /* than any suite does */
            if (!o->given[i] || no_more || !holds(rules[r].options, name))
                continue;
            snprintf(word, sizeof word, "--%s", name);
            return refuse(&rules[r], word, o->suite, err);
        }
    }
    return 0;
}

/* --- all suites --- */

/* "--name=value", or "--name" without a value; `argv` has room. */
static bool add(char **argv, int *n, const char *name, const char *value)
{
    const size_t size = strlen(name) + (value ? strlen(value) : 0) + 4;
    char *word = malloc(size);
    if (word)
        snprintf(word, size, "--%s%s%s", name, value ? "=" : "", value ? value : "");
    argv[*n] = word;
    *n += word != NULL;
    return word != NULL;
}

int mw_options_argv(const mw_options *o, const char *program, const char *suite, const char *out, char ***argv,
                    mw_error *err)
{
    int n = 0;
    char **a = *argv = calloc((size_t)(MW_MAX_OPTIONS + MW_MAX_PEERS + o->n_benchmark) + 4, sizeof *a);
    bool good = a && (a[n++] = strdup(program)) && add(a, &n, "suite", suite);
    for (int i = 0; good && mw_bench_options[i].name; i++) {
        const mw_cli_option *option = &mw_bench_options[i];
        if (!o->given[i] || holds("suite,out", option->name) || !is_for(option->name, suite))
            continue;
        if (strcmp(option->name, "peer") == 0)
            for (int p = 0; good && p < o->n_peers; p++)
                good = add(a, &n, option->name, o->peers[p]);
        else
            good = add(a, &n, option->name, option->value ? o->given[i] : NULL);
    }
    for (int i = 0; good && i < o->n_benchmark && is_for("benchmark_", suite); i++)
        good = add(a, &n, o->benchmark[i] + strlen("--"), NULL);
    good = good && add(a, &n, "out", out);
    if (good)
        return 0;
    mw_options_argv_free(a);
    *argv = NULL;
    return mw_fail(err, -ENOMEM, "no memory for a command line");
}

void mw_options_argv_free(char **argv)
{
    for (char **word = argv; word && *word; word++)
        free(*word);
    free(argv);
}
