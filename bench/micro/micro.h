/* Suites `micro` and `roof`: what memory and kernels can do by themselves, measured by Google Benchmark (gbench.h).
 *
 *   ladder/LOOP/SIZE[/huge]/threads:N    the probes' loops over arrays of SIZE, from the first-level cache to memory
 *   latency/line|page/4k|huge/SIZE       one dependent load, lines or pages visited in random order
 *   fork/threads:N                       start an empty function on all threads, wait for all
 *   gemv/KERNEL/ROWSxCOLS/dram|cache     every kernel over the model's matrices, next to the roof of the same pages
 *   gemv/KERNEL/ROWSxCOLS/dram|cache/offset:28  row-major kernels with weights at byte 28 of a line, as in a mapped
 *                                        checkpoint, against the same kernel on a line right after
 *   peak/ISA/threads:N                   fused multiply-adds on registers: what the arithmetic can do
 *   gemm/KERNEL/TOKENSxROWSxCOLS/dram    every GEMM kernel over the model's matrices, next to the peak of its ISA
 *   roof/4k|huge/READ/threads:N          every read of the family, over as much as the model's weights
 *
 * SIZE is that of one array. "4k" is ordinary memory of the heap, whatever its page size; how much of a block the
 * system mapped by huge pages stands in a note. Every number becomes a row of results.csv: the median over the
 * repetitions that Google Benchmark made, `n` of them, with their spread in the note. */
#ifndef MW_BENCH_MICRO_H
#define MW_BENCH_MICRO_H

#include "bench/micro/gbench.h"
#include "bench/run/plan.h"
#include "kernels/kernel.h"
#include "kernels/peak.h"
#include "kernels/probe.h"
#include "platform/pool.h"

/* Memory that is taken when the first benchmark that wants it runs. */
typedef struct mw_micro_block {
    bool huge;
    size_t bytes;
    float *at;      /* on a page; NULL until first used */
    char note[128]; /* about huge pages */
} mw_micro_block;

struct mw_micro_task;

/* A row of results.csv: a counter of a benchmark, or with NULL the seconds of an iteration, times `scale`. */
typedef struct mw_micro_metric {
    const char *name, *unit, *counter;
    double scale;
    bool moved; /* its param is that of what is moved */
} mw_micro_metric;

/* What benchmarks of one kind do, and what comes of them. */
typedef struct mw_micro_kind {
    void (*run)(mw_gb_state *state, struct mw_micro_task *task);
    mw_micro_metric metrics[5]; /* ends without a name */
    const char *name;           /* column `kernel`; NULL: the name of a GEMV or GEMM */
} mw_micro_kind;

/* One benchmark. */
typedef struct mw_micro_task {
    mw_gb_benchmark gb;
    struct mw_micro *micro;
    const mw_micro_kind *kind;
    char name[80]; /* what --benchmark_filter sees, and the column `phase` */
    char param[128], moved[128];
    const char *isa;       /* the kernel's or the peak's, or the name of the probe */
    mw_pool *pool;         /* NULL: that of one thread */
    mw_micro_block *block; /* NULL: none */
    size_t bytes;          /* of one array; of a copy of the matrix on whole lines */
    uint64_t sum;          /* of everything that probes read, so that somebody wants it */
    /* ladder and roof */
    unsigned loop; /* a member of the family of reads, or mw_reads() + an mw_stream */
    size_t passes; /* in one iteration */
    /* latency */
    mw_micro_block own;
    size_t stride;    /* of the cycle that fills its own block */
    const void *slot; /* where the next run goes on; NULL before the first */
    /* GEMV and GEMM */
    const mw_kernel *kernel;
    size_t rows, cols, tokens, copies, offset; /* offset: bytes from a line to the first weight */
    bool dram, checked;
    /* peak and GEMM */
    const mw_peak *peak;
    double peak_sum; /* of everything that peaks computed, so that somebody wants it */
} mw_micro_task;

typedef struct mw_micro {
    mw_session *session;
    mw_gb_benchmark *tasks, **last;       /* last: where the next one is hung in */
    bool out_of_memory;                   /* some task could not be hung in */
    mw_pool *single;                      /* of one thread, for latency and GEMV */
    mw_pool *pools[MW_MAX_THREAD_COUNTS]; /* one for each thread count of the command line */
    int n_pools;
    size_t l1, l2, llc, page; /* bytes, with guesses where the machine does not tell */
    size_t least, largest;    /* powers of two: array of the ladder, block of the latency ladder */
    size_t roof;              /* bytes that the roof reads */
    mw_micro_block block[2];  /* ordinary, huge: as large as the neediest benchmark wants */
    /* GEMV and GEMM */
    float *x, *y;
    mw_x8 *x8;                       /* what x is for block formats */
    size_t x_bytes, y_bytes, cursor; /* where the next copy is read, in bytes */
    int best_read;                   /* -1 until known */
    mw_plan plan;                    /* of no variants: it counts the kernels that are refused */
} mw_micro;

/* Adds a copy of `task` under the name that `format` gives. */
__attribute__((format(printf, 3, 4))) void mw_micro_add(mw_micro *micro, const mw_micro_task *task, const char *format,
                                                        ...);

/* Removes all tasks, with the memory of their own. */
void mw_micro_forget(mw_micro *micro);

/* Rows of results.csv from all runs of a benchmark (mw_gb_measure). */
void mw_micro_record(const mw_gb_benchmark *of, const mw_gb_run *runs, size_t n);

/* Add the benchmarks of one kind. */
void mw_micro_add_ladder(mw_micro *micro);
void mw_micro_add_latency(mw_micro *micro);
void mw_micro_add_fork(mw_micro *micro);
void mw_micro_add_gemv(mw_micro *micro);
void mw_micro_add_peak(mw_micro *micro);
void mw_micro_add_gemm(mw_micro *micro);
void mw_micro_add_roof(mw_micro *micro);

/* Asks for a shared block of at least that size. */
mw_micro_block *mw_micro_want(mw_micro *micro, bool huge, size_t bytes);

/* The block of a task, taken and filled at the first call: with its cycle, or with floats of at most 1 in magnitude.
 * NULL if there is none: then mw_gb_skip has been told why. */
float *mw_micro_memory(mw_gb_state *state, mw_micro_task *task);

/* Iterations of a peak at once: enough that starting the threads does not count. */
enum { MW_MICRO_PEAK = 1 << 18 };

/* What both suites show (mw_suite.report), unless Google Benchmark has shown its own. */
void mw_micro_report(const mw_session *session, mw_page *page);

#endif
