/* What the command line says, after defaults and checks: what a run is to do. cli/options.c fills it in. */
#ifndef MW_BENCH_OPTIONS_H
#define MW_BENCH_OPTIONS_H

#include "bench/tables/page.h"
#include "kernels/dtype.h"
#include "layouts/weights.h"
#include "platform/topology.h"

#include <stdbool.h>
#include <stdint.h>

enum { MW_MAX_THREAD_COUNTS = 16, MW_MAX_NUMBERS = 8, MW_MAX_KERNELS = 32 };

/* Tokens that are decoded before the steady phase: the paper drops the first ten. */
enum { MW_WARMUP_TOKENS = 10 };

typedef struct mw_suite mw_suite;

typedef struct mw_options {
    const mw_suite *suite;
    void *own;                                    /* the suite's own options, suite->own_bytes of them */
    const char *variant, *layout, *load;          /* NULL where not given */
    const char *kernels[MW_MAX_KERNELS];          /* of --kernel: names, and files (outside.h) */
    int n_kernels;
    const char *model;                            /* NULL: the suite goes through models of its own */
    const char *prompt, *tokenizer, *out, *cache;
    uint64_t tokens, seed, reps;
    size_t fill;       /* positions that made-up tokens fill before decoding starts; 0: the prompt alone */
    double precision;  /* wanted half-width of the roof fraction's interval, as a share; 0: not asked for */
    double time_limit; /* seconds; 0: none */
    char **benchmark;  /* --benchmark_... options, for Google Benchmark */
    int n_benchmark;
    mw_dtype dtypes[MW_DTYPE_COUNT]; /* of the weights */
    int n_dtypes;                    /* 0: that of the model */
    mw_placement placements[MW_PLACEMENT_COUNT];
    int n_placements;                  /* 0: those of the variants */
    int threads[MW_MAX_THREAD_COUNTS]; /* 0 stands for max */
    int n_threads;
    int cpus[MW_MAX_CPUS]; /* --cpus */
    int n_cpus;
    mw_format format;
    bool plot, quiet;
} mw_options;

/* A list of whole numbers within [least, most], at most MW_MAX_NUMBERS; the message names the option. */
typedef struct mw_numbers {
    size_t of[MW_MAX_NUMBERS];
    int n;
} mw_numbers;
int mw_numbers_parse(const char *option, const char *list, uint64_t least, uint64_t most, mw_numbers *to,
                     mw_error *err);

/* --cache describes the caches where the system does not report them, or reports them wrongly. Reads a list like
 * "L1:64K:8:64,L2:1M:16:64,LLC:32M": LEVEL:SIZE:WAYS:LINE, where LEVEL is L1 to L4 or LLC (L4 if there is one, else
 * L3), SIZE is in bytes or with K, M or G, and LINE in bytes. What is left out after SIZE stays as `topology` knows it,
 * or unknown. Overrides the levels in `topology`; -EINVAL and one line for any mistake, with nothing overridden. */
int mw_cache_option_parse(const char *text, mw_topology *topology, mw_error *err);

#endif
