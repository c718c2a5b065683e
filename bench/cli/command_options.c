/* The options of all suites: one table, with a setter and values for completion. */
#include "bench/cli/command_parts.h"
#include "bench/cli/offers.h"
#include "bench/suites.h"
#include "engine/offer_models.h"
#include "platform/cli_complete.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

/* --- setters of options that are more than a word, a switch or a number --- */

/* Calls `add` for every item of a list, at most `most` times; it writes the item to place *n. */
static int set_list(const char *name, const char *list, int most, int *n, mw_options *o,
                    int (*add)(mw_options *o, const char *item, mw_error *err), mw_error *err)
{
    char item[32];
    for (*n = 0; mw_cli_item(&list, item, sizeof item); ++*n) {
        int rc = *n < most ? add(o, item, err) : mw_fail(err, -EINVAL, "--%s: more than %d values", name, most);
        if (rc)
            return rc;
    }
    return 0;
}

static int add_threads(mw_options *o, const char *item, mw_error *err)
{
    uint64_t n = 0;
    int rc = strcmp(item, "max") == 0 ? 0 : mw_cli_integer("threads", item, 1, MW_MAX_CPUS, &n, err);
    o->threads[o->n_threads] = (int)n;
    return rc;
}

static int set_threads(const char *name, const char *list, void *to, mw_error *err)
{
    mw_options *o = to;
    return set_list(name, list, MW_MAX_THREAD_COUNTS, &o->n_threads, o, add_threads, err);
}

static int add_dtype(mw_options *o, const char *item, mw_error *err)
{
    return mw_variant_dtype(item, &o->dtypes[o->n_dtypes], err);
}

static int set_dtypes(const char *name, const char *list, void *to, mw_error *err)
{
    mw_options *o = to;
    return set_list(name, list, MW_DTYPE_COUNT, &o->n_dtypes, o, add_dtype, err);
}

static int add_placement(mw_options *o, const char *item, mw_error *err)
{
    return mw_placement_parse(item, &o->placements[o->n_placements], err);
}

static int set_placements(const char *name, const char *list, void *to, mw_error *err)
{
    mw_options *o = to;
    return set_list(name, list, MW_PLACEMENT_COUNT, &o->n_placements, o, add_placement, err);
}

static int set_kernel(const char *name, const char *word, void *to, mw_error *err)
{
    mw_options *o = to;
    if (o->n_kernels == MW_MAX_KERNELS)
        return mw_fail(err, -EINVAL, "--%s: given more than %d times", name, MW_MAX_KERNELS);
    o->kernels[o->n_kernels++] = word;
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

static const char *const formats[] = {"table", "csv", "json", "md"}; /* in the order of mw_format */

static int set_format(const char *name, const char *value, void *to, mw_error *err)
{
    for (int i = 0; i < 4; i++)
        if (strcmp(value, formats[i]) == 0) {
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

static void offer_formats(const mw_cli_offers *to)
{
    for (int i = 0; i < 4; i++)
        mw_cli_offer(to, formats[i], NULL);
}

static void offer_threads(const mw_cli_offers *to)
{
    mw_cli_offer(to, "1", NULL);
    mw_cli_offer(to, "max", "all usable CPUs");
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
    {{"suite", "NAME", "decode (the default), or one of those below", mw_offer_suites}, LATER, 0},
    {{"profile", NULL, "the same as --suite=profile"}, LATER, 0},
    {{"variant", "NAMES", "paper, native, native-tvl, all, or names from --list", mw_offer_selections},
     WORD,
     OPTION(variant)},
    {{"layout", "NAME", "best kernels of rowmajor, mmap, tvl, colmajor or aos", mw_offer_layouts},
     WORD,
     OPTION(layout)},
    {{"kernel", "NAME", "a name, auto, all, or a file (.c, .so); repeatable", mw_offer_kernels},
     SET,
     ALL,
     0,
     0,
     set_kernel},
    {{"load", "NAME", "heap, heap-huge, mmap, mmap-populate or mmap-huge", mw_offer_loads}, WORD, OPTION(load)},
    {{"placement", "LIST", "NUMA: default, first-touch, interleaved or replicated", mw_offer_placements},
     SET,
     ALL,
     0,
     0,
     set_placements},
    {{"dtype", "LIST", "weights: f32, bf16, f16, q8_0, q4_0, q4_K, q5_K, q6_K", mw_offer_dtypes},
     SET,
     ALL,
     0,
     0,
     set_dtypes},
    {{"model", "PATH", "file, name in the cache, or synthetic:SHAPE[@RECIPE]", mw_offer_models}, WORD, OPTION(model)},
    {{"prompt", "TEXT", "start from a text; needs a tokenizer"}, WORD, OPTION(prompt)},
    {{"tokenizer", "PATH", "tokenizer.bin of the model (a GGUF has its own)", mw_cli_offer_files},
     WORD,
     OPTION(tokenizer)},
    {{"tokens", "N", "tokens per process, the first 10 to warm up (58)"}, WHOLE, OPTION(tokens), LEAST_TOKENS, 1 << 22},
    {{"threads", "LIST", "thread counts; max = all usable CPUs (1,max)", offer_threads}, SET, ALL, 0, 0, set_threads},
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
    {{"out", "DIR", "folder for the results (results/HOST/TIME)", mw_cli_offer_folders}, WORD, OPTION(out)},
    {{"format", "NAME", "what stdout shows: table, csv, json or md", offer_formats},
     SET,
     OPTION(format),
     0,
     0,
     set_format},
    {{"plot", NULL, "also show tokens/s and roof as text plots (gnuplot)"}, SWITCH, OPTION(plot)},
    {{"quiet", NULL, "nothing on stderr but errors"}, SWITCH, OPTION(quiet)},
    {{"compare", NULL, "compare two runs (OLD NEW), more runs, or machines (SET)"},
     SWITCH,
     offsetof(mw_command, comparing)},
    {{"force", NULL, "compare two runs even if machine or model differ"}, SWITCH, offsetof(mw_command, force)},
    {{"merge", "SET", "copy result folders into a set: --merge=SET FOLDER...", mw_cli_offer_folders},
     WORD,
     offsetof(mw_command, merge)},
    {{"claims-from", "LIST", "judge result folders, measure nothing", mw_cli_offer_folders},
     WORD,
     offsetof(mw_command, claims_from)},
    {{"new-kernel", "FILE", "write a kernel to start from, of --dtype and --layout"},
     WORD,
     offsetof(mw_command, new_kernel)},
    {{"op", "NAME", "what that kernel computes: gemv"}, WORD, offsetof(mw_command, op)},
    {{"machine-file", "FILE", "measure this machine for suite predict; - is stdout", mw_cli_offer_files},
     WORD,
     offsetof(mw_command, machine_file)},
    {{"list", NULL, "kernels, layouts, loads and variants"}, SWITCH, offsetof(mw_command, list)},
    {{"help", NULL, "this text"}, SWITCH, offsetof(mw_command, help)},
    {{"version", NULL, "version and commit"}, SWITCH, offsetof(mw_command, version)},
};
enum { COMMON = sizeof common / sizeof *common };

void mw_command_options(mw_cli_option list[MW_MOST_OPTIONS])
{
    int n = 0;
    for (; n < COMMON; n++)
        list[n] = common[n].cli;
    for (const mw_suite *const *s = mw_suites; *s; s++)
        for (const mw_suite_option *o = (*s)->options; o && o->name; o++) {
            int i = 0;
            while (i < n && strcmp(list[i].name, o->name) != 0)
                i++;
            if (i == n && n + 1 < MW_MOST_OPTIONS)
                list[n++] = (mw_cli_option){o->name, o->value, o->help, o->values};
        }
    list[n] = (mw_cli_option){0};
}

int mw_command_set(mw_command *c, int index, const char *value, mw_error *err)
{
    if (index >= COMMON)
        return 0;
    const struct common *o = &common[index];
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
