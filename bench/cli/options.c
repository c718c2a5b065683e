#include "bench/cli/options_parts.h"
#include "bench/suites.h"

#include "platform/cli.h"

#include <errno.h>
#include <string.h>

enum {
    VARIANT,
    LAYOUT,
    KERNEL,
    LOAD,
    MODEL,
    SHAPES,
    SUITE,
    PROFILE,
    TOKENS,
    THREADS,
    CPUS,
    PROMPT,
    PROMPT_TOKENS,
    POSITIONS,
    TOKENIZER,
    PEER,
    PEER_LIMIT,
    REPS,
    PRECISION,
    TIME_LIMIT,
    SOAK,
    CACHE,
    SEED,
    OUT,
    FORMAT,
    PLOT,
    COMPARE,
    FORCE,
    CLAIMS_FROM,
    QUIET,
    LIST,
    HELP,
    VERSION
};

const mw_cli_option mw_bench_options[] = {
    [VARIANT] = {"variant", "NAMES", "paper, all, or a list of names (see --list)"},
    [LAYOUT] = {"layout", "NAME", "best kernels of rowmajor, mmap, tvl, colmajor or aos"},
    [KERNEL] = {"kernel", "NAME", "a kernel by name, auto (the best) or all"},
    [LOAD] = {"load", "NAME", "heap, heap-huge, mmap, mmap-populate or mmap-huge"},
    [MODEL] = {"model", "PATH", "a checkpoint, a name in the cache, or synthetic:SHAPE"},
    [SHAPES] = {"shapes", "LIST", "growth: synthetic shapes (15M to half of the memory)"},
    [SUITE] = {"suite", "NAME", "decode (the default), or one of those below"},
    [PROFILE] = {"profile", NULL, "the same as --suite=profile"},
    [TOKENS] = {"tokens", "N", "tokens a process decodes, 10 to warm up (58; peers: 128)"},
    [THREADS] = {"threads", "LIST", "thread counts; max = all usable CPUs (1,max; ttft: max)"},
    [CPUS] = {"cpus", "LIST", "CPUs to bind threads to, in this order: 0,2 or 0-3"},
    [PROMPT] = {"prompt", "TEXT", "start from a text; needs --tokenizer"},
    [PROMPT_TOKENS] = {"prompt-tokens", "LIST", "ttft, peers: lengths of made-up prompts (1,64; 1)"},
    [POSITIONS] = {"positions", "LIST", "context: where in the sequence (10,250,500,1000)"},
    [TOKENIZER] = {"tokenizer", "PATH", "tokenizer.bin of the model"},
    [PEER] = {"peer", "NAME:CMD", "peers: another program, called by sh; may come often"},
    [PEER_LIMIT] = {"peer-limit", "S", "peers: seconds that a program may take (600)"},
    [REPS] = {"reps", "N", "fresh processes; intervals are between them (6)"},
    [PRECISION] = {"precision", "P%", "as many processes as half an interval of P % needs"},
    [TIME_LIMIT] = {"time-limit", "S", "start no process that would end after S seconds"},
    [SOAK] = {"soak", "S", "soak, claims: seconds of the long run (60)"},
    [CACHE] = {"cache", "LIST", "caches to assume: L1:64K:8:64,... (size, ways, line)"},
    [SEED] = {"seed", "N", "seed of the random order of blocks (1)"},
    [OUT] = {"out", "DIR", "folder for the results (results/HOST/TIME)"},
    [FORMAT] = {"format", "NAME", "what stdout shows: table, csv, json or md"},
    [PLOT] = {"plot", NULL, "then show tokens/s and roof as text plots (gnuplot)"},
    [COMPARE] = {"compare", NULL, "compare two runs: bench --compare OLD NEW"},
    [FORCE] = {"force", NULL, "compare them even if machine or model differ"},
    [CLAIMS_FROM] = {"claims-from", "LIST", "judge result folders, measure nothing"},
    [QUIET] = {"quiet", NULL, "nothing on stderr but errors"},
    [LIST] = {"list", NULL, "kernels, layouts, loads and variants"},
    [HELP] = {"help", NULL, "this text"},
    [VERSION] = {"version", NULL, "version and commit"},
    {0},
};
_Static_assert(sizeof mw_bench_options / sizeof mw_bench_options[0] <= MW_MAX_OPTIONS, "mw_options.given is too short");

static int set_threads(mw_options *o, const char *list, mw_error *err)
{
    char item[32];
    o->n_threads = 0;
    while (mw_cli_item(&list, item, sizeof item)) {
        uint64_t n = 0;
        int rc = strcmp(item, "max") == 0 ? 0 : mw_cli_integer("threads", item, 1, MW_MAX_CPUS, &n, err);
        if (!rc && o->n_threads == MW_MAX_THREAD_COUNTS)
            rc = mw_fail(err, -EINVAL, "--threads: more than %d thread counts", MW_MAX_THREAD_COUNTS);
        if (rc)
            return rc;
        o->threads[o->n_threads++] = (int)n;
    }
    return 0;
}

/* "0,2,4-7" */
static int set_cpus(mw_options *o, const char *list, mw_error *err)
{
    char item[32];
    o->n_cpus = 0;
    while (mw_cli_item(&list, item, sizeof item)) {
        char *dash = strchr(item, '-');
        if (dash)
            *dash = '\0';
        uint64_t first, last;
        int rc = mw_cli_integer("cpus", item, 0, MW_MAX_CPUS - 1, &first, err);
        last = first;
        if (!rc && dash)
            rc = mw_cli_integer("cpus", dash + 1, first, MW_MAX_CPUS - 1, &last, err);
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

/* Whole numbers of an option, at most MW_MAX_PROMPTS. */
static int set_numbers(const char *option, const char *list, uint64_t least, uint64_t most, size_t *to, int *n,
                       mw_error *err)
{
    char item[32];
    *n = 0;
    while (mw_cli_item(&list, item, sizeof item)) {
        uint64_t number;
        int rc = mw_cli_integer(option, item, least, most, &number, err);
        if (!rc && *n == MW_MAX_PROMPTS)
            rc = mw_fail(err, -EINVAL, "--%s: more than %d numbers", option, MW_MAX_PROMPTS);
        if (rc)
            return rc;
        to[(*n)++] = (size_t)number;
    }
    return 0;
}

static int set_format(mw_options *o, const char *name, mw_error *err)
{
    static const char *const names[] = {"table", "csv", "json", "md"};
    for (int i = 0; i < 4; i++)
        if (strcmp(name, names[i]) == 0) {
            o->format = (mw_format)i;
            return 0;
        }
    return mw_fail(err, -EINVAL, "--format: '%.32s' is not one of table, csv, json, md", name);
}

/* "2%" or "2": per cent. */
static int set_precision(mw_options *o, const char *text, mw_error *err)
{
    char number[32];
    size_t n = strlen(text);
    snprintf(number, sizeof number, "%.*s", (int)(n > 0 && text[n - 1] == '%' ? n - 1 : n), text);
    int rc = mw_cli_number("precision", number, 0.01, 50, &o->precision, err);
    o->precision /= 100;
    return rc;
}

static int add_peer(mw_options *o, const char *text, mw_error *err)
{
    mw_peer_spec peer, other;
    int rc = mw_peer_parse(text, &peer, err);
    if (!rc && o->n_peers == MW_MAX_PEERS)
        rc = mw_fail(err, -EINVAL, "--peer: more than %d peers", MW_MAX_PEERS);
    for (int i = 0; i < o->n_peers && !rc; i++)
        if (mw_peer_parse(o->peers[i], &other, err) == 0 && strcmp(other.name, peer.name) == 0)
            rc = mw_fail(err, -EINVAL, "--peer: two peers are called %s; give each a name of its own", peer.name);
    if (!rc)
        o->peers[o->n_peers++] = text;
    return rc;
}

static int set(void *to, int index, const char *value, mw_error *err)
{
    mw_options *o = to;
    o->given[index] = value ? value : "";
    switch (index) {
    case VARIANT: o->variant = value; return 0;
    case LAYOUT: o->layout = value; return 0;
    case KERNEL: o->kernel = value; return 0;
    case LOAD: o->load = value; return 0;
    case MODEL: o->model = value; return 0;
    case SHAPES: o->shapes = value; return 0;
    case SUITE: o->suite = value; return 0;
    case PROFILE: o->profile = true; return 0;
    case TOKENS: return mw_cli_integer("tokens", value, MW_WARMUP_TOKENS + 1, 1 << 22, &o->tokens, err);
    case THREADS: return set_threads(o, value, err);
    case CPUS: return set_cpus(o, value, err);
    case PROMPT: o->prompt = value; return 0;
    case PROMPT_TOKENS: return set_numbers("prompt-tokens", value, 1, 1 << 16, o->prompts, &o->n_prompts, err);
    case POSITIONS: return set_numbers("positions", value, 0, 1 << 21, o->positions, &o->n_positions, err);
    case TOKENIZER: o->tokenizer = value; return 0;
    case PEER: return add_peer(o, value, err);
    case PEER_LIMIT: return mw_cli_number("peer-limit", value, 0.1, 1e6, &o->peer_limit, err);
    case REPS: return mw_cli_integer("reps", value, 1, 1000, &o->reps, err);
    case PRECISION: return set_precision(o, value, err);
    case TIME_LIMIT: return mw_cli_number("time-limit", value, 1, 1e6, &o->time_limit, err);
    case SOAK: return mw_cli_number("soak", value, 1, 1e6, &o->soak, err);
    case CACHE: o->cache = value; return 0;
    case SEED: return mw_cli_integer("seed", value, 1, UINT64_MAX, &o->seed, err);
    case OUT: o->out = value; return 0;
    case FORMAT: return set_format(o, value, err);
    case PLOT: o->plot = true; return 0;
    case COMPARE: o->comparing = true; return 0;
    case FORCE: o->force = true; return 0;
    case CLAIMS_FROM: o->claims_from = value; return 0;
    case QUIET: o->quiet = true; return 0;
    case LIST: o->list = true; return 0;
    case HELP: o->help = true; return 0;
    default: o->version = true; return 0;
    }
}

/* Puts what is for Google Benchmark behind everything else and returns how many elements remain. */
static int set_apart_benchmark(int argc, char **argv, mw_options *o)
{
    static const char prefix[] = "--benchmark_";
    int kept = 0;
    for (int i = 0; i < argc; i++) {
        if (i > 0 && strncmp(argv[i], prefix, sizeof prefix - 1) == 0)
            continue;
        char *own = argv[i];
        for (int j = i; j > kept; j--)
            argv[j] = argv[j - 1];
        argv[kept++] = own;
    }
    o->benchmark = argv + kept;
    o->n_benchmark = argc - kept;
    return kept;
}

int mw_options_parse(int argc, char **argv, mw_options *o, mw_error *err)
{
    *o = (mw_options){.seed = 1, .soak = 60};
    argc = set_apart_benchmark(argc, argv, o);
    int operands, rc = mw_cli_parse(argc, argv, mw_bench_options, set, o, &operands, err);
    if (rc)
        return rc;
    if ((o->comparing || o->claims_from) && o->suite && strcmp(o->suite, "all") == 0)
        return mw_fail(err, -EINVAL, "--%s measures nothing; leave out --suite=all",
                       o->comparing ? "compare" : "claims-from");
    if (o->comparing) {
        if (argc - operands != 2)
            return mw_fail(err, -EINVAL, "--compare takes two result folders or results.csv: bench --compare OLD NEW");
        o->compare[0] = argv[operands];
        o->compare[1] = argv[operands + 1];
        return 0;
    }
    if (operands < argc)
        return mw_fail(err, -EINVAL, "'%.64s' is not an option; see --help", argv[operands]);
    if (o->claims_from)
        return o->out ? mw_fail(err, -EINVAL, "--claims-from writes to stdout; --format=csv makes a claims.csv of it")
                      : 0;
    return mw_options_complete(o, err);
}

void mw_options_help(FILE *to)
{
    fprintf(to, "usage: bench [options]\n"
                "       bench --compare OLD NEW [--force]\n"
                "       bench --claims-from=FOLDER[,FOLDER...]\n"
                "Measures Llama-2 decoding, variant by variant, against this machine's memory.\n"
                "Without options: the paper's four variants and the best native one.\n\n");
    mw_cli_help(to, mw_bench_options);
    fprintf(to, "  --benchmark_...         options of Google Benchmark, for roof and micro\n\nsuites:\n");
    for (const mw_suite *e = mw_suites; e->name; e++)
        fprintf(to, "  %-20s %s\n", e->name, e->help);
    fprintf(to, "\nExit codes: 0 success; 1 a check failed, or --compare found something slower;\n"
                "2 usage, bad input, I/O; 130 interrupted.\n");
}
