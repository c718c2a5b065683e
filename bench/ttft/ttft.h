/* Suite `ttft`: time to first token, cold and warm, and what it is made of.
 *
 * A sample is a fresh process that meets the model's file in a state that was proved (ttft_take.c). It goes through the
 * phases below and leaves one row for each in a file (ttft_sample.c). Every phase ends with a look at the clock;
 * faults, bytes read from the device and resident memory are looked up between two phases, off the clock. A round takes
 * every case once, in random order; --reps rounds are one result. What is recorded where: ttft.csv has every phase of
 * every sample, results.csv what a round says of a case, and after the last round the summaries. */
#ifndef MW_BENCH_TTFT_H
#define MW_BENCH_TTFT_H

#include "bench/run/job.h"
#include "bench/run/plan.h"

/* Phases in order of time. The time to first token is that from `open` to `sample`; `exec` and `start` come before. */
typedef enum mw_ttft_phase {
    MW_TTFT_EXEC,        /* from the parent's fork to the first line of main: fork, exec, dynamic linking */
    MW_TTFT_START,       /* kernels, topology, threads */
    MW_TTFT_OPEN,        /* the model file is opened and its header checked */
    MW_TTFT_LOAD,        /* weights are read, packed or mapped */
    MW_TTFT_READY,       /* activations, keys and values, rotary angles */
    MW_TTFT_PREFILL,     /* the prompt; a mapped file is faulted in, and read from the device, here */
    MW_TTFT_SAMPLE,      /* choice of the first token */
    MW_TTFT_FIRST_COUNT, /* end of what happens before the first token */
    MW_TTFT_AGAIN = MW_TTFT_FIRST_COUNT, /* the same prefill with all pages in place, some times */
    MW_TTFT_PEAK,          /* next to each of them: the same FLOPs by a register-only loop of the kernel's ISA */
    MW_TTFT_TOKEN,         /* a token of decoding, some times */
    MW_TTFT_TOUCH,         /* a mapped file mapped again, and one byte of each page read by all threads */
    MW_TTFT_READ_DIRECT,   /* the parent, before a cold sample: the file from the device, past the page cache ... */
    MW_TTFT_READ_BUFFERED, /* ... and through it */
    MW_TTFT_PHASES
} mw_ttft_phase;

/* "exec", "start", ...: the column `phase` of ttft.csv. */
const char *mw_ttft_phase_name(mw_ttft_phase phase);

/* A cell of the matrix. */
typedef struct mw_ttft_case {
    const mw_variant *variant;
    const mw_model *model; /* whose file is cold or warm */
    int threads;
    size_t n_prompt;
    bool cold, single; /* single: the prompt goes in token by token */
} mw_ttft_case;

/* What a round says of a case; NAN where nothing was measured or the system does not tell. */
typedef struct mw_ttft_sample {
    bool counted;
    double ms[MW_TTFT_PHASES]; /* medians where a phase happens more than once */
    double ttft_ms;
    double minor, major, touch_faults, read_bytes; /* from open to the first token; `touch` apart */
    double rss_mib, pss_mib, huge_mib;             /* after the first token */
} mw_ttft_sample;

/* Cases and their samples of all rounds so far: sample[round * n + case]. */
typedef struct mw_ttft {
    mw_session *session;
    mw_csv *table; /* ttft.csv */
    mw_plan plan;
    mw_numbers lengths;    /* of prompts, which are the beginnings of ... */
    const int32_t *prompt; /* ... this one: the session's, or */
    int32_t *made_up;
    mw_ttft_case *cases;
    size_t n, rounds;
    mw_ttft_sample *sample;
    double *pack_ms; /* [rounds]: what making the .tvl file took; NAN if not measured */
} mw_ttft;

/* Takes the sample of case `index` at place `place` of a round. One that cannot be had is a row with the reason, and
 * not counted. */
int mw_ttft_take(mw_ttft *t, size_t index, size_t round, size_t place, uint64_t *random, mw_error *err);

/* Packs the warm checkpoint into a file in the cache folder, as tvlpack does, and removes it. */
int mw_ttft_pack(mw_ttft *t, size_t round, mw_error *err);

/* The sample itself, in its process (mw_suite.run_job). A load that this system lacks is a line in this file of the
 * job's folder: the reason. */
#define MW_TTFT_LACKS "lacks"
int mw_ttft_sample_run(const mw_job *job, uint64_t entered_ns, mw_error *err);

/* Rows of results.csv for one round, and those that need all of them: break-even points. */
void mw_ttft_record_round(const mw_ttft *t, size_t round);
void mw_ttft_record_all(const mw_ttft *t);

/* The tables that the suite shows. All of it comes from the summary rows of results.csv. */
void mw_ttft_report(const mw_session *session, mw_page *page);

#endif
