/* One time to first token, taken by a process that does nothing else.
 *
 * The parent (ttft.c) puts the model's file into its state and starts this program again; the new process goes through
 * the phases below and leaves one row for each in a file. Every phase ends with a look at the clock; faults, bytes read
 * from the device and resident memory are looked up between two phases, off the clock. */
#ifndef MW_BENCH_TTFT_SAMPLE_H
#define MW_BENCH_TTFT_SAMPLE_H

#include "bench/run/job.h"
#include "bench/run/session.h"

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
    MW_TTFT_AGAIN = MW_TTFT_FIRST_COUNT, /* the same prefill with all pages in place, MW_TTFT_AGAINS times */
    MW_TTFT_PEAK,          /* next to each of them: the same FLOPs by a register-only loop of the kernel's ISA */
    MW_TTFT_TOKEN,         /* a token of decoding, MW_TTFT_TOKENS times */
    MW_TTFT_TOUCH,         /* a mapped file mapped again, and one byte of each page read by all threads */
    MW_TTFT_READ_DIRECT,   /* the parent, before a cold sample: the file from the device, past the page cache ... */
    MW_TTFT_READ_BUFFERED, /* ... and through it */
    MW_TTFT_PHASES
} mw_ttft_phase;

enum { MW_TTFT_AGAINS = 3, MW_TTFT_TOKENS = 8 };

/* "exec", "start", ...: the column `phase` of ttft.csv. */
const char *mw_ttft_phase_name(mw_ttft_phase phase);

/* Starts a process for a sample and waits for it. `job`: model, variant, threads, cpus, prompt, single. Its rows are
 * appended to the session's table with the columns of the phases filled in: phase, ms, faults, read_bytes, rss_mib,
 * pss_mib, huge_mib. -ENOTSUP with the reason if the system cannot load that way; -EINTR; or why the sample failed. */
int mw_ttft_sample_start(mw_session *session, const mw_job *job, mw_csv *table, mw_error *err);

/* The sample itself, in that process. `entered_ns`: the clock at the first line of main. */
int mw_ttft_sample_run(const mw_job *job, uint64_t entered_ns, mw_error *err);

#endif
