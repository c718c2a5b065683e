/* Google Benchmark behind a C interface: gbench.cc, or gbench_none.c where the library is not there and mw_gb_flags is
 * -ENOTSUP. The library keeps its flags and benchmarks in globals, so one thread at a time may use all this. */
#ifndef MW_BENCH_GBENCH_H
#define MW_BENCH_GBENCH_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

#include "platform/error.h"

/* Sets all flags: those given (`n` words of the form --benchmark_NAME[=VALUE]) and for the rest our defaults: 5
 * repetitions of at least 0.02 s, all benchmarks' repetitions in one random order, nothing displayed. The number of
 * iterations is found out in a benchmark's first repetition and kept for the others, so min_time counts for each
 * repetition, in any order. A call undoes the one before; the library's environment variables do not count. -EINVAL for
 * an unknown flag or a value that its flag does not take. */
int mw_gb_flags(int n, const char *const *flags, mw_error *err);

/* Whether the flags ask for the library's own display. */
bool mw_gb_displays(void);

/* What a benchmark's function talks to. */
typedef struct mw_gb_state mw_gb_state;

/* A benchmark in a list. `fn` prepares itself, loops while mw_gb_running, and sets its counters. It is called several
 * times for one repetition, each time with more iterations, until it has run for long enough in real time. */
typedef struct mw_gb_benchmark {
    const char *name; /* the library's own name for it has "/real_time" after it */
    void (*fn)(mw_gb_state *state, void *arg);
    void *arg;
    struct mw_gb_benchmark *next;
} mw_gb_benchmark;

/* The timed loop: while (mw_gb_running(state)) { one iteration }. It costs some nanoseconds. After Ctrl-C
 * (mw_interrupted) it ends early. */
bool mw_gb_running(mw_gb_state *state);

/* Sets a counter, after the loop: a value, or an amount of each iteration that is reported per second. */
typedef enum mw_gb_kind { MW_GB_VALUE, MW_GB_RATE } mw_gb_kind;
void mw_gb_counter(mw_gb_state *state, const char *name, double value, mw_gb_kind kind);

/* Gives this benchmark up: before its loop, inside (which ends it) or after. The run is reported with this text. */
void mw_gb_skip(mw_gb_state *state, const char *why);

/* One repetition of one benchmark. Valid during the call. */
typedef struct mw_gb_count {
    const char *name;
    double value;
} mw_gb_count;
typedef struct mw_gb_run {
    double seconds; /* real time per iteration; with `error` set there is none */
    const mw_gb_count *counts;
    size_t n_counts;
    const char *error; /* why it was given up; NULL if it was not */
} mw_gb_run;

/* The value of a counter of `run`; NAN if it has none of that name. */
static inline double mw_gb_value(const mw_gb_run *run, const char *name)
{
    for (size_t i = 0; i < run->n_counts; i++)
        if (strcmp(run->counts[i].name, name) == 0)
            return run->counts[i].value;
    return NAN;
}

/* Runs the benchmarks of a list that the filter selects. `each` gets the repetitions of one benchmark, no aggregates,
 * in the order of the list, when all of them are done; never after Ctrl-C. The library's own display goes to stdout
 * only if the flags ask for it (format, color, counters_tabular, list_tests). -EEXIST if two have the same name,
 * -ENOENT if the filter selects nothing, -EINVAL if it is no regular expression, -EINTR after Ctrl-C, -EIO if
 * --benchmark_out could not be written. */
typedef void mw_gb_each_fn(const mw_gb_benchmark *of, const mw_gb_run *runs, size_t n);
int mw_gb_measure(const mw_gb_benchmark *first, mw_gb_each_fn *each, mw_error *err);

#ifdef __cplusplus
}
#endif

#endif
