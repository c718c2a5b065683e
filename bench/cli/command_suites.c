/* Options and the suite: what it takes, what it refuses, its defaults, and what suite `all` hands on to each. */
#include "bench/cli/command.h"

#include "bench/run/outside.h"
#include "bench/suites.h"
#include "engine/tokenizer.h"
#include "platform/cli.h"
#include "platform/os.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- refusals --- */

/* `shown`: the option as it was typed, without its dashes. */
static int refuse(const mw_suite *suite, const char *option, const char *shown, const char *why, mw_error *err)
{
    char takers[160] = "";
    int n = 0;
    for (const mw_suite *const *s = mw_suites; *s; s++)
        if (mw_suite_takes(*s, option, NULL)) {
            const size_t used = strlen(takers);
            snprintf(takers + used, sizeof takers - used, "%s--suite=%s", n++ ? " and " : "", (*s)->name);
        }
    if (n <= 2)
        return mw_fail(err, -EINVAL, "--%.37s is for %s%s%s", shown, takers, why ? "; " : "", why ? why : "");
    return mw_fail(err, -EINVAL, "--%.37s is not for suite %s: %s", shown, suite->name, why);
}

static int check_given(const mw_command *c, mw_error *err)
{
    const mw_suite *suite = c->options.suite;
    const char *why;
    if (suite->processes == MW_OTHER_SUITES)
        return 0;
    if (c->options.n_benchmark > 0 && !mw_suite_takes(suite, "benchmark_", &why))
        return refuse(suite, "benchmark_", c->options.benchmark[0] + strlen("--"), why, err);
    for (int i = 0; i < c->n_given; i++) {
        const mw_given *g = &c->given[i];
        const bool harmless = strcmp(g->name, "reps") == 0 && strcmp(g->value, "1") == 0; /* nothing is repeated */
        if (!mw_suite_takes(suite, g->name, &why) && !harmless)
            return refuse(suite, g->name, g->name, why, err);
    }
    return 0;
}

/* --- the suite's own --- */

/* Every suite checks its own options, also those that are for several suites. */
static int set_own(mw_command *c, const mw_suite *suite, void *own, mw_error *err)
{
    int rc = 0;
    for (int i = 0; i < c->n_given && !rc; i++)
        for (const mw_suite_option *o = suite->options; o && o->name && !rc; o++)
            if (strcmp(o->name, c->given[i].name) == 0)
                rc = o->set(own, c->given[i].value, err);
    return rc;
}

static int take_own(mw_command *c, mw_error *err)
{
    const mw_suite *suite = c->options.suite;
    int rc = 0;
    for (const mw_suite *const *s = mw_suites; *s && !rc; s++) {
        if (*s != suite && suite->processes != MW_OTHER_SUITES) /* of those: better now than an hour later */
            continue;
        void *own = calloc(1, (*s)->own_bytes + 1);
        rc = own ? set_own(c, *s, own, err) : mw_fail(err, -ENOMEM, "no memory for options");
        if (*s == suite)
            c->options.own = own;
        else
            free(own);
    }
    return rc;
}

/* --- defaults --- */

static void default_threads(mw_options *o)
{
    const char *list = o->suite->threads ? o->suite->threads : "1,max";
    char item[32];
    while (o->n_threads < MW_MAX_THREAD_COUNTS && mw_cli_item(&list, item, sizeof item))
        o->threads[o->n_threads++] = atoi(item); /* max is 0 */
}

int mw_command_complete(mw_command *c, mw_error *err)
{
    mw_options *o = &c->options;
    const mw_suite *suite = o->suite;
    int rc = check_given(c, err);
    if (!rc)
        rc = take_own(c, err);
    if (!rc && suite->complete)
        rc = suite->complete(o, err);
    if (!rc && (suite->native || suite->processes == MW_OTHER_SUITES) && mw_emulator())
        rc = mw_fail(err, -EINVAL, "suite %s starts other processes, which cannot be done under %s", suite->name,
                     mw_emulator());
    if (rc)
        return rc;
    if (!o->model && !suite->own_models)
        o->model = "synthetic:stories110M";
    if (o->n_threads == 0)
        default_threads(o);
    if (o->tokens == 0)
        o->tokens = suite->tokens ? suite->tokens : MW_WARMUP_TOKENS + 48;
    /* an emulator cannot start programs as the system does */
    if (o->reps == 0)
        o->reps = suite->processes == MW_ONE_PROCESS || mw_emulator() ? 1 : 6;
    if (o->precision > 0 && o->reps < 2)
        return mw_fail(err, -EINVAL, "--precision needs at least --reps=2: the spread between processes decides");
    if (c->force)
        return mw_fail(err, -EINVAL, "--force belongs to --compare");
    if (o->plot && o->format != MW_FORMAT_TABLE)
        return mw_fail(err, -EINVAL, "--plot draws what suite decode shows as a table; leave out --plot or --format");
    if (o->prompt && !o->tokenizer && !(o->model && mw_tokenizer_inside(o->model)))
        return mw_fail(err, -EINVAL, "--prompt needs --tokenizer=PATH, the tokenizer.bin of the model");
    bool names = o->layout != NULL;
    for (int i = 0; i < o->n_kernels; i++)
        names |= !mw_outside_is_file(o->kernels[i]);
    if (o->variant && names)
        return mw_fail(err, -EINVAL, "--variant names whole variants; leave out --layout and --kernel but for files");
    return 0;
}

/* --- suite `all` --- */

/* "--name=value", or "--name" without a value; `argv` has room. */
static bool add(char **argv, int *n, const char *name, const char *value)
{
    if (asprintf(&argv[*n], "--%s%s%s", name, value ? "=" : "", value ? value : "") < 0)
        argv[*n] = NULL;
    return argv[*n] && ++*n;
}

int mw_command_argv(const mw_command *c, const char *program, const mw_suite *suite, const char *out, char ***argv,
                    mw_error *err)
{
    const mw_options *o = &c->options;
    int n = 0;
    char **a = *argv = calloc((size_t)(MW_MAX_GIVEN + o->n_benchmark) + 4, sizeof *a);
    bool good = a && (a[n++] = strdup(program)) && add(a, &n, "suite", suite->name);
    for (int i = 0; good && i < c->n_given; i++) {
        const mw_given *g = &c->given[i];
        if (strcmp(g->name, "suite") != 0 && strcmp(g->name, "out") != 0 && mw_suite_takes(suite, g->name, NULL))
            good = add(a, &n, g->name, g->value);
    }
    for (int i = 0; good && i < o->n_benchmark && suite->google_benchmark; i++)
        good = add(a, &n, o->benchmark[i] + strlen("--"), NULL);
    good = good && add(a, &n, "out", out);
    if (good)
        return 0;
    mw_command_argv_free(a);
    *argv = NULL;
    return mw_fail(err, -ENOMEM, "no memory for a command line");
}

void mw_command_argv_free(char **argv)
{
    for (char **word = argv; word && *word; word++)
        free(*word);
    free(argv);
}
