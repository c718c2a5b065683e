#include "bench/cli/command.h"
#include "bench/cli/command_parts.h"

#include "bench/suites.h"
#include "bench/tables/folders.h"
#include "platform/cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

typedef struct reading {
    mw_command *command;
    const mw_cli_option *list;
} reading;

/* Notes an option; common ones take effect at once, a suite's own when the suite is known. */
static int note(void *to, int index, const char *value, mw_error *err)
{
    reading *r = to;
    mw_command *c = r->command;
    const char *name = r->list[index].name;
    if (c->n_given == MW_MAX_GIVEN)
        return mw_fail(err, -EINVAL, "--%s: more than %d options", name, MW_MAX_GIVEN);
    c->given[c->n_given++] = (mw_given){name, value};
    return mw_command_set(c, index, value, err);
}

/* The last value that was given to an option, "" for a switch; NULL if it was not given. */
static const char *value_of(const mw_command *c, const char *name)
{
    for (int i = c->n_given - 1; i >= 0; i--)
        if (strcmp(c->given[i].name, name) == 0)
            return c->given[i].value ? c->given[i].value : "";
    return NULL;
}

/* Puts what is for Google Benchmark after everything else and returns how many elements remain. */
static int set_apart_benchmark(int argc, char **argv, mw_options *o)
{
    static const char prefix[] = "--benchmark_";
    int kept = 0;
    for (int i = 0; i < argc; i++)
        if (i == 0 || strncmp(argv[i], prefix, sizeof prefix - 1) != 0) {
            char *own = argv[i];
            memmove(argv + kept + 1, argv + kept, (size_t)(i - kept) * sizeof *argv);
            argv[kept++] = own;
        }
    o->benchmark = argv + kept;
    o->n_benchmark = argc - kept;
    return kept;
}

static int find_suite(mw_command *c, mw_error *err)
{
    const char *name = value_of(c, "suite"), *profile = value_of(c, "profile");
    if (profile && name && strcmp(name, "profile") != 0)
        return mw_fail(err, -EINVAL, "--profile is short for --suite=profile; leave out --suite=%s", name);
    name = name ? name : profile ? "profile" : mw_suites[0]->name;
    c->options.suite = mw_suite_named(name);
    if (c->options.suite)
        return 0;
    char names[256] = "";
    for (const mw_suite *const *s = mw_suites; *s; s++) {
        const size_t n = strlen(names);
        snprintf(names + n, sizeof names - n, "%s%s", s == mw_suites ? "" : s[1] ? ", " : " or ", (*s)->name);
    }
    return mw_fail(err, -EINVAL, "no suite is called '%.32s'; choose %s", name, names);
}

/* What does without a suite: option --`only` reads result folders and measures nothing. */
static int complete_reading(mw_command *c, const char *only, mw_error *err)
{
    if (c->options.suite->processes == MW_OTHER_SUITES)
        return mw_fail(err, -EINVAL, "--%s measures nothing; leave out --suite=all", only);
    if (c->comparing && c->n_operands < 2 && !(c->n_operands == 1 && mw_folders_is_tree(c->operands[0])))
        return mw_fail(err, -EINVAL, "--compare takes two or more result folders, or a set: bench --compare OLD NEW");
    if (c->comparing && c->merge)
        return mw_fail(err, -EINVAL, "--compare and --merge are two commands; leave one out");
    if (c->merge && !*c->merge && c->n_operands > 0) { /* `memwall merge SET FOLDER...` */
        c->merge = *c->operands++;
        c->n_operands--;
    }
    if (c->merge && !*c->merge)
        return mw_fail(err, -EINVAL, "which set? bench --merge=SET FOLDER...");
    if (!c->comparing && c->claims_from && c->options.out)
        return mw_fail(err, -EINVAL, "--claims-from writes to stdout; --format=csv prints it as claims.csv");
    return 0;
}

/* What does without a suite and measures the machine alone. */
static int complete_machine_file(const mw_command *c, mw_error *err)
{
    static const char *const takes[] = {"machine-file", "cpus", "cache", "time-limit", "seed", "quiet"};
    enum { N = sizeof takes / sizeof *takes };
    for (int i = 0; i < c->n_given; i++) {
        int known = 0;
        while (known < N && strcmp(takes[known], c->given[i].name) != 0)
            known++;
        if (known == N)
            return mw_fail(err, -EINVAL,
                           "--machine-file takes --cpus, --cache, --time-limit, --seed and --quiet; leave out --%s",
                           c->given[i].name);
    }
    if (c->options.n_benchmark > 0)
        return mw_fail(err, -EINVAL, "--machine-file does without Google Benchmark; leave out %.64s",
                       c->options.benchmark[0]);
    return 0;
}

int mw_command_parse(int argc, char **argv, mw_command *c, mw_error *err)
{
    static mw_cli_option list[MW_MOST_OPTIONS];
    *c = (mw_command){.options = {.seed = 1}};
    mw_command_options(list);
    argc = set_apart_benchmark(argc, argv, &c->options);
    int operands, rc = mw_cli_parse(argc, argv, list, note, &(reading){c, list}, &operands, err);
    if (!rc && !c->comparing && !c->merge && operands < argc)
        rc = mw_fail(err, -EINVAL, "'%.64s' is not an option; see --help", argv[operands]);
    if (!rc)
        rc = find_suite(c, err);
    if (rc)
        return rc;
    c->operands = argv + operands;
    c->n_operands = argc - operands;
    const char *only = c->comparing ? "compare" : c->merge ? "merge" : c->claims_from ? "claims-from" : NULL;
    return only              ? complete_reading(c, only, err)
           : c->machine_file ? complete_machine_file(c, err)
                             : mw_command_complete(c, err);
}

void mw_command_free(mw_command *c)
{
    free(c->options.own);
    c->options.own = NULL;
}
