/* Google Benchmark behind a C interface: gbench.cc, or gbench_none.c where the library is not there and every call that
 * can fail is -ENOTSUP.
 *
 * The order is: mw_gb_flags, mw_gb_register for each benchmark, mw_gb_measure. The library keeps its flags and
 * benchmarks in globals, so there is one of all this in a process, and one thread at a time may use it. */
#ifndef MW_BENCH_GBENCH_H
#define MW_BENCH_GBENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

/* Whether the flags only ask for the names of the benchmarks. */
bool mw_gb_lists(void);

/* Whether the flags ask for the library's own display. */
bool mw_gb_displays(void);

/* What a benchmark's function talks to. */
typedef struct mw_gb_state mw_gb_state;

/* A benchmark: prepares itself, loops while mw_gb_running, and sets its counters. It is called several times for one
 * repetition, each time with more iterations, until it has run for long enough. */
typedef void mw_gb_fn(mw_gb_state *state, void *arg);

/* Adds a benchmark. `name` is copied and must be new (-EEXIST); `arg` must live until mw_gb_measure returns. Time is
 * real time. */
int mw_gb_register(const char *name, mw_gb_fn *fn, void *arg, mw_error *err);

/* The timed loop: while (mw_gb_running(state)) { one iteration }. It costs some nanoseconds. After Ctrl-C
 * (mw_interrupted) it ends early. */
bool mw_gb_running(mw_gb_state *state);

/* Stop the clock inside the loop, and start it again; costs about a microsecond. */
void mw_gb_pause(mw_gb_state *state);
void mw_gb_resume(mw_gb_state *state);

/* Sets a counter, after the loop: a plain value, or an amount that is reported per second: one over all iterations, or
 * that of each. */
typedef enum mw_gb_kind { MW_GB_VALUE, MW_GB_RATE, MW_GB_RATE_OF_EACH } mw_gb_kind;
void mw_gb_counter(mw_gb_state *state, const char *name, double value, mw_gb_kind kind);

/* Gives this benchmark up: before its loop, inside (which ends it) or behind. The run is reported with this text. */
void mw_gb_skip(mw_gb_state *state, const char *why);

/* One repetition of one benchmark. Valid during the call. */
typedef struct mw_gb_count {
    const char *name;
    double value;
} mw_gb_count;
typedef struct mw_gb_run {
    const char *name; /* as registered; the library's own name for it has "/real_time" behind it */
    void *arg;        /* as registered */
    int rep;          /* from 0 */
    uint64_t iterations;
    double seconds;            /* real time per iteration; with `error` set there is none */
    const mw_gb_count *counts; /* sorted by name */
    size_t n_counts;
    const char *error; /* why it was given up; NULL if it was not */
} mw_gb_run;

/* The value of a counter of `run`; NAN if it has none of that name. */
double mw_gb_value(const mw_gb_run *run, const char *name);

/* Runs the registered benchmarks that the filter selects and forgets all of them, whatever comes out. `each` gets the
 * repetitions of one benchmark, no aggregates, in the order of registration, when all of them are done; never after
 * Ctrl-C. The library's own display goes to stdout only
 * if the flags ask for it (format, color, counters_tabular, list_tests). -ENOENT if the filter selects nothing, -EINVAL
 * if it is no regular expression, -EINTR after Ctrl-C, -EIO if --benchmark_out could not be written. */
typedef void mw_gb_each_fn(void *to, const mw_gb_run *runs, size_t n);
int mw_gb_measure(mw_gb_each_fn *each, void *to, mw_error *err);

/* Forgets all registered benchmarks without running them. */
void mw_gb_forget(void);

#ifdef __cplusplus
}
#endif

#endif
