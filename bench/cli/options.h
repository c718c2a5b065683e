/* The command line of bench. */
#ifndef MW_BENCH_OPTIONS_H
#define MW_BENCH_OPTIONS_H

#include "bench/peers/peer.h"
#include "bench/tables/page.h"
#include "platform/error.h"
#include "platform/topology.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { MW_MAX_OPTIONS = 40, MW_MAX_THREAD_COUNTS = 16, MW_MAX_PROMPTS = 8, MW_MAX_POSITIONS = MW_MAX_PROMPTS };

typedef struct mw_options {
    const char *variant, *layout, *kernel, *load; /* NULL where not given */
    const char *model;                            /* NULL: the suite goes through models of its own */
    const char *shapes;                           /* that suite growth is to go through, or NULL for those that fit */
    const char *prompt, *tokenizer, *out;
    const char *suite, *cache;
    const char *claims_from; /* result folders to judge, or NULL */
    uint64_t tokens, seed, reps;
    double precision;  /* wanted half-width of the roof fraction's interval, as a share; 0: not asked for */
    double time_limit; /* seconds; 0: none */
    double soak;       /* seconds that suite soak decodes */
    const char *peers[MW_MAX_PEERS]; /* "NAME:COMMAND", for suite peers */
    int n_peers;
    double peer_limit;      /* seconds that a turn in suite peers may take */
    const char *compare[2]; /* OLD and NEW, or NULL */
    char **benchmark;       /* --benchmark_... options, for Google Benchmark */
    int n_benchmark;
    int threads[MW_MAX_THREAD_COUNTS]; /* 0 stands for max */
    int n_threads;
    size_t prompts[MW_MAX_PROMPTS]; /* lengths of prompts in tokens, for suites ttft and peers */
    int n_prompts;
    size_t positions[MW_MAX_POSITIONS]; /* that suite context decodes at, rising; in other suites none */
    int n_positions;
    int cpus[MW_MAX_CPUS]; /* --cpus */
    int n_cpus;
    mw_format format;
    bool comparing, force, plot, profile, quiet, list, help, version;
    /* What was said of each option of the table in options.c: its value, "" of a switch, NULL: nothing. */
    const char *given[MW_MAX_OPTIONS];
} mw_options;

/* Tokens that are decoded before the steady phase: the paper drops the first ten. */
enum { MW_WARMUP_TOKENS = 10 };

/* Fills *options from argv, with the defaults where nothing is said. The strings point into argv, whose elements may be
 * put into another order. */
int mw_options_parse(int argc, char **argv, mw_options *options, mw_error *err);

/* The command line that runs `suite` under the options that were given, as far as they are for it: argv[0] is
 * `program`, the last word --out=`out`. *argv is NULL-terminated and released by mw_options_argv_free, which takes NULL
 * as well. -ENOMEM. */
int mw_options_argv(const mw_options *options, const char *program, const char *suite, const char *out, char ***argv,
                    mw_error *err);
void mw_options_argv_free(char **argv);

void mw_options_help(FILE *to);

#endif
