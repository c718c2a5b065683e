/* Which options are for some suites only: what a suite refuses. */
#include "bench/options_parts.h"

#include <errno.h>
#include <stdio.h>
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
