#include "bench/cli/command.h"

#include "bench/suites.h"
#include "platform/cli.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* --- setters of options that are more than a word, a switch or a number --- */

static int set_threads(const char *name, const char *list, void *to, mw_error *err)
{
    mw_options *o = to;
    char item[32];
    o->n_threads = 0;
    while (mw_cli_item(&list, item, sizeof item)) {
        uint64_t n = 0;
        int rc = strcmp(item, "max") == 0 ? 0 : mw_cli_integer(name, item, 1, MW_MAX_CPUS, &n, err);
        if (!rc && o->n_threads == MW_MAX_THREAD_COUNTS)
            rc = mw_fail(err, -EINVAL, "--threads: more than %d thread counts", MW_MAX_THREAD_COUNTS);
        if (rc)
            return rc;
        o->threads[o->n_threads++] = (int)n;
    }
    return 0;
}

static int set_dtypes(const char *name, const char *list, void *to, mw_error *err)
{
    mw_options *o = to;
    char item[32];
    for (o->n_dtypes = 0; mw_cli_item(&list, item, sizeof item); o->n_dtypes++) {
        mw_dtype dtype;
        int rc = o->n_dtypes < MW_DTYPE_COUNT
                     ? mw_variant_dtype(item, &dtype, err)
                     : mw_fail(err, -EINVAL, "--%s: more than %d dtypes", name, MW_DTYPE_COUNT);
        if (rc)
            return rc;
        o->dtypes[o->n_dtypes] = dtype;
    }
    return 0;
}

/* "0,2,4-7" */
static int set_cpus(const char *name, const char *list, void *to, mw_error *err)
{
    mw_options *o = to;
    char item[32];
    o->n_cpus = 0;
    while (mw_cli_item(&list, item, sizeof item)) {
        char *dash = strchr(item, '-');
        if (dash)
            *dash = '\0';
        uint64_t first, last;
        int rc = mw_cli_integer(name, item, 0, MW_MAX_CPUS - 1, &first, err);
        last = first;
        if (!rc && dash)
            rc = mw_cli_integer(name, dash + 1, first, MW_MAX_CPUS - 1, &last, err);
        if (rc)
            return rc;
        for (; first <= last; first++) {
            if (o->n_cpus == MW_MAX_CPUS)
                return mw_fail(err, -EINVAL, "--cpus: more than %d CPUs", MW_MAX_CPUS);
            o->cpus[o->n_cpus++] = (int)first;
        }
    }
    return 0;
}

static int set_format(const char *name, const char *value, void *to, mw_error *err)
{
    static const char *const names[] = {"table", "csv", "json", "md"}; /* in the order of mw_format */
    for (int i = 0; i < 4; i++)
        if (strcmp(value, names[i]) == 0) {
            *(mw_format *)to = (mw_format)i;
            return 0;
        }
    return mw_fail(err, -EINVAL, "--%s: '%.32s' is not one of table, csv, json, md", name, value);
}

/* "2%" or "2": per cent. */
static int set_precision(const char *name, const char *text, void *to, mw_error *err)
{
    double *precision = to;
    char number[32];
    const size_t n = strlen(text);
    snprintf(number, sizeof number, "%.*s", (int)(n > 0 && text[n - 1] == '%' ? n - 1 : n), text);
    int rc = mw_cli_number(name, number, 0.01, 50, precision, err);
    *precision /= 100;
    return rc;
}

/* --- the options of all suites --- */

/* How a value gets into mw_command; LATER: when the suite is known. */
typedef enum kind { LATER, WORD, SWITCH, WHOLE, REAL, SET } kind;

enum { LEAST_TOKENS = MW_WARMUP_TOKENS + 1, ALL = offsetof(mw_command, options) };

#define OPTION(member) offsetof(mw_command, options.member)
static const struct common {
    mw_cli_option cli;
    kind kind;
    size_t at;            /* in mw_command */
    uint64_t least, most; /* of numbers */
    int (*set)(const char *name, const char *value, void *to, mw_error *err);
} common[] = {
    {{"suite", "NAME", "decode (the default), or one of those below"}, LATER, 0},
    {{"profile", NULL, "the same as --suite=profile"}, LATER, 0},
    {{"variant", "NAMES", "paper, native, all, or a list of names (see --list)"}, WORD, OPTION(variant)},
    {{"layout", "NAME", "best kernels of rowmajor, mmap, tvl, colmajor or aos"}, WORD, OPTION(layout)},
    {{"kernel", "NAME", "a kernel by name, auto (the best) or all"}, WORD, OPTION(kernel)},
    {{"load", "NAME", "heap, heap-huge, mmap, mmap-populate or mmap-huge"}, WORD, OPTION(load)},
    {{"dtype", "LIST", "weights: f32, bf16, f16, q8_0, q4_0, q4_K, q5_K, q6_K"}, SET, ALL, 0, 0, set_dtypes},
    {{"model", "PATH", "file, name in the cache, or synthetic:SHAPE[@RECIPE]"}, WORD, OPTION(model)},
    {{"prompt", "TEXT", "start from a text; needs a tokenizer"}, WORD, OPTION(prompt)},
    {{"tokenizer", "PATH", "tokenizer.bin of the model (a GGUF has its own)"}, WORD, OPTION(tokenizer)},
    {{"tokens", "N", "tokens per process, the first 10 to warm up (58)"}, WHOLE, OPTION(tokens), LEAST_TOKENS, 1 << 22},
    {{"threads", "LIST", "thread counts; max = all usable CPUs (1,max)"}, SET, ALL, 0, 0, set_threads},
    {{"cpus", "LIST", "CPUs to bind threads to, in this order: 0,2 or 0-3"}, SET, ALL, 0, 0, set_cpus},
    {{"reps", "N", "fresh processes; intervals are between them (6)"}, WHOLE, OPTION(reps), 1, 1000},
    {{"precision", "P%", "add processes until the 95 % interval is +-P %"},
     SET,
     OPTION(precision),
     0,
     0,
     set_precision},
    {{"time-limit", "S", "stop before a process that would run past S seconds"}, REAL, OPTION(time_limit), 1, 1000000},
    {{"cache", "LIST", "caches to assume: L1:64K:8:64,... (size, ways, line)"}, WORD, OPTION(cache)},
    {{"seed", "N", "seed of the random order of blocks (1)"}, WHOLE, OPTION(seed), 1, UINT64_MAX},
    {{"out", "DIR", "folder for the results (results/HOST/TIME)"}, WORD, OPTION(out)},
    {{"format", "NAME", "what stdout shows: table, csv, json or md"}, SET, OPTION(format), 0, 0, set_format},
    {{"plot", NULL, "then show tokens/s and roof as text plots (gnuplot)"}, SWITCH, OPTION(plot)},
    {{"quiet", NULL, "nothing on stderr but errors"}, SWITCH, OPTION(quiet)},
    {{"compare", NULL, "compare two runs: bench --compare OLD NEW"}, SWITCH, offsetof(mw_command, comparing)},
    {{"force", NULL, "compare them even if machine or model differ"}, SWITCH, offsetof(mw_command, force)},
    {{"claims-from", "LIST", "judge result folders, measure nothing"}, WORD, offsetof(mw_command, claims_from)},
    {{"list", NULL, "kernels, layouts, loads and variants"}, SWITCH, offsetof(mw_command, list)},
    {{"help", NULL, "this text"}, SWITCH, offsetof(mw_command, help)},
    {{"version", NULL, "version and commit"}, SWITCH, offsetof(mw_command, version)},
};
enum { COMMON = sizeof common / sizeof *common, MOST_OPTIONS = 64 };

/* All options there are, ending without a name: the common ones, then each suite's own, by name once. */
static void list_options(mw_cli_option list[MOST_OPTIONS])
{
    int n = 0;
    for (; n < COMMON; n++)
        list[n] = common[n].cli;
    for (const mw_suite *const *s = mw_suites; *s; s++)
        for (const mw_suite_option *o = (*s)->options; o && o->name; o++) {
            int i = 0;
            while (i < n && strcmp(list[i].name, o->name) != 0)
                i++;
            if (i == n && n + 1 < MOST_OPTIONS)
                list[n++] = (mw_cli_option){o->name, o->value, o->help};
        }
    list[n] = (mw_cli_option){0};
}

/* --- reading --- */

typedef struct reading {
    mw_command *command;
    const mw_cli_option *list;
} reading;

static int set_common(mw_command *c, const struct common *o, const char *value, mw_error *err)
{
    void *to = (char *)c + o->at;
    switch (o->kind) {
    case LATER: break;
    case WORD: *(const char **)to = value; break;
    case SWITCH: *(bool *)to = true; break;
    case WHOLE: return mw_cli_integer(o->cli.name, value, o->least, o->most, to, err);
    case REAL: return mw_cli_number(o->cli.name, value, (double)o->least, (double)o->most, to, err);
    case SET: return o->set(o->cli.name, value, to, err);
    }
    return 0;
}

/* Notes an option; common ones take effect at once, a suite's own when the suite is known. */
static int note(void *to, int index, const char *value, mw_error *err)
{
    reading *r = to;
    mw_command *c = r->command;
    const char *name = r->list[index].name;
    if (c->n_given == MW_MAX_GIVEN)
        return mw_fail(err, -EINVAL, "--%s: more than %d options", name, MW_MAX_GIVEN);
    c->given[c->n_given++] = (mw_given){name, value};
    return index < COMMON ? set_common(c, &common[index], value, err) : 0;
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

int mw_command_parse(int argc, char **argv, mw_command *c, mw_error *err)
{
    static mw_cli_option list[MOST_OPTIONS];
    *c = (mw_command){.options = {.seed = 1}};
    list_options(list);
    argc = set_apart_benchmark(argc, argv, &c->options);
    int operands, rc = mw_cli_parse(argc, argv, list, note, &(reading){c, list}, &operands, err);
    if (!rc && !c->comparing && operands < argc)
        rc = mw_fail(err, -EINVAL, "'%.64s' is not an option; see --help", argv[operands]);
    if (!rc)
        rc = find_suite(c, err);
    if (rc)
        return rc;
    if ((c->comparing || c->claims_from) && c->options.suite->processes == MW_OTHER_SUITES)
        return mw_fail(err, -EINVAL, "--%s measures nothing; leave out --suite=all",
                       c->comparing ? "compare" : "claims-from");
    c->compare = argv + operands;
    if (c->comparing && argc - operands != 2)
        return mw_fail(err, -EINVAL, "--compare takes two result folders or results.csv: bench --compare OLD NEW");
    if (!c->comparing && c->claims_from && c->options.out)
        return mw_fail(err, -EINVAL, "--claims-from writes to stdout; --format=csv prints it as claims.csv");
    return c->comparing || c->claims_from ? 0 : mw_command_complete(c, err);
}

void mw_command_free(mw_command *c)
{
    free(c->options.own);
    c->options.own = NULL;
}

/* --- --help --- */

/* "ttft, peers: lengths of made-up prompts": an option of some suites. */
static const char *help_of(const mw_cli_option *option, char to[120])
{
    size_t n = 0;
    for (const mw_suite *const *s = mw_suites; *s; s++)
        for (const mw_suite_option *o = (*s)->options; o && o->name && n < 100; o++)
            if (strcmp(o->name, option->name) == 0)
                n += (size_t)snprintf(to + n, 120 - n, "%s%s", n ? ", " : "", (*s)->name);
    snprintf(to + n, 120 - n, ": %s", option->help);
    return to;
}

void mw_command_help(FILE *to)
{
    static char help[MOST_OPTIONS][120];
    mw_cli_option list[MOST_OPTIONS];
    list_options(list);
    for (int i = COMMON; list[i].name; i++)
        list[i].help = help_of(&list[i], help[i]);
    fprintf(to, "usage: bench [options]\n"
                "       bench --compare OLD NEW [--force]\n"
                "       bench --claims-from=FOLDER[,FOLDER...]\n"
                "Measures how close Llama-2 decoding comes to this machine's memory bandwidth.\n"
                "Without options: the paper's four variants and the best native one.\n\n");
    mw_cli_help(to, list);
    fprintf(to, "  --benchmark_...      options of Google Benchmark, for roof and micro\n\nsuites:\n");
    for (const mw_suite *const *s = mw_suites; *s; s++)
        fprintf(to, "  %-20s %s\n", (*s)->name, (*s)->help);
    fprintf(to, "\nExit codes: 0 success; 1 a check failed, or --compare found something slower or\n"
                "worse; 2 usage, bad input, I/O; 130 interrupted.\n");
}
