/* What the files of the micro suite share; nobody else includes this. */
#ifndef MW_BENCH_MICRO_PARTS_H
#define MW_BENCH_MICRO_PARTS_H

#include "bench/micro/gbench.h"
#include "bench/micro/micro.h"
#include "bench/run/plan.h"
#include "kernels/peak.h"
#include "kernels/probe.h"
#include "layouts/layout.h"
#include "platform/pool.h"

typedef struct mw_micro mw_micro;

/* Memory that benchmarks share, taken when the first of them runs. Holds floats of at most 1 in magnitude. */
typedef struct mw_micro_block {
    bool huge;
    size_t bytes;   /* as much as the neediest registered benchmark wants */
    float *at;      /* on a page; NULL until first used */
    char note[128]; /* about huge pages */
} mw_micro_block;

/* All repetitions of a benchmark. */
typedef struct mw_micro_runs {
    const mw_gb_run *run;
    size_t n;
} mw_micro_runs;

/* One benchmark. */
typedef struct mw_micro_task {
    struct mw_micro_task *next;
    mw_micro *micro;
    char name[80];           /* what --benchmark_filter sees, and the column `phase` */
    const char *kernel_name; /* of a GEMV or GEMM; else "probe", "chase", "fork" or "peak" */
    const char *layout;      /* of a GEMV or GEMM; else NULL */
    const char *isa;         /* the kernel's or the peak's, or the name of the probe */
    int threads;
    /* Measures, as mw_gb_fn; adds rows to results.csv. */
    void (*run)(mw_gb_state *state, struct mw_micro_task *task);
    void (*record)(const struct mw_micro_task *task, const mw_micro_runs *runs);
    mw_pool *pool;
    bool huge;
    size_t bytes; /* of one array; of the chased block; of a copy of the matrix on whole lines */
    uint64_t sum; /* of everything that probes read, so that somebody wants it */
    /* ladder and roof */
    bool reads; /* by member `read` of the family, or else the loop `stream` */
    unsigned read;
    mw_stream stream;
    size_t passes; /* in one iteration */
    /* latency */
    size_t stride;
    float *chased;
    const void *slot; /* where the next run goes on */
    char note[128];
    /* GEMV and GEMM */
    const mw_kernel *kernel;
    size_t matrix_rows, rows, cols; /* `rows` of the model's matrix are computed */
    size_t tokens, copies, offset;  /* offset: bytes from a line to the first weight */
    bool dram, checked;
    /* peak and GEMM */
    const mw_peak *peak;
    double peak_sum; /* of everything that peaks computed, so that somebody wants it */
} mw_micro_task;

struct mw_micro {
    mw_session *session;
    const mw_probe *probe;
    mw_micro_task *tasks;
    mw_micro_task **last;                 /* where the next task is hung in */
    mw_pool *single;                      /* of one thread, for latency and GEMV */
    mw_pool *pools[MW_MAX_THREAD_COUNTS]; /* one for each thread count of the command line */
    int n_pools;
    size_t l1, l2, llc, page; /* bytes, with guesses where the machine does not tell */
    size_t least, largest;    /* powers of two: array of the ladder, block of the latency ladder */
    size_t roof;              /* bytes that the roof reads */
    mw_micro_block block[2];  /* ordinary, huge */
    /* GEMV and GEMM */
    float *x, *y;
    size_t x_bytes, y_bytes, cursor; /* where the next copy is read, in bytes */
    int best_read;                   /* -1 until known */
    mw_plan plan; /* of no variants: it counts the kernels that are refused */
};

/* A new task, hung into the list and registered under the name that `format` gives; NULL with *rc set. The caller then
 * fills in the rest. */
__attribute__((format(printf, 4, 5))) mw_micro_task *mw_micro_add(mw_micro *micro, int *rc, mw_error *err,
                                                                  const char *format, ...);

/* Asks for a shared block of at least that size, when a benchmark is registered. */
void mw_micro_want(mw_micro *micro, bool huge, size_t bytes);

/* The shared block that a task reads, taken and filled at the first call. NULL if there is none: then mw_gb_skip has
 * been told why. */
float *mw_micro_memory(mw_gb_state *state, mw_micro_task *task);

/* Describes in note[128] how much of a block is mapped by huge pages, where that is worth telling. */
void mw_micro_huge_note(char *note, const void *block, size_t bytes, bool huge);

/* Adds a row: the median over the runs of a counter, or with NULL of the seconds of an iteration, times `scale`. Its
 * note says how far they are apart, "spread=0.12": (most - least) / median, and then `note`. Runs that were given up
 * have no value, and the reason is the note. */
void mw_micro_record(const mw_micro_task *task, const mw_micro_runs *runs, const char *metric, const char *unit,
                     const char *counter, double scale, const char *note, const char *param);

/* "256KiB": a whole number of KiB. */
enum { MW_MICRO_SIZE = 24 };
const char *mw_micro_size(size_t bytes, char to[MW_MICRO_SIZE]);
static inline const char *mw_micro_pages(bool huge)
{
    return huge ? "huge" : "4k";
}

/* Whole lines of `bytes` that thread `index` of `threads` takes, and where they begin. */
static inline size_t mw_micro_part(size_t bytes, int index, int threads, size_t *first)
{
    const size_t lines = bytes / MW_PROBE_LINE, from = mw_pool_share(lines, index, threads);
    *first = from * MW_PROBE_LINE;
    return (mw_pool_share(lines, index + 1, threads) - from) * MW_PROBE_LINE;
}

/* Bytes from one array of a loop to the next: the odd lines between keep equal places of two arrays out of one set of
 * the cache, and out of reach of store-to-load checks that look at the low bits of an address alone. */
static inline size_t mw_micro_apart(size_t bytes)
{
    return bytes + 33 * MW_PROBE_LINE;
}

/* Register the benchmarks of one kind. */
int mw_micro_add_ladder(mw_micro *micro, mw_error *err);
int mw_micro_add_latency(mw_micro *micro, mw_error *err);
int mw_micro_add_fork(mw_micro *micro, mw_error *err);
int mw_micro_add_gemv(mw_micro *micro, mw_error *err);
int mw_micro_add_peak(mw_micro *micro, mw_error *err);
int mw_micro_add_gemm(mw_micro *micro, mw_error *err);
int mw_micro_add_roof(mw_micro *micro, mw_error *err);

/* --- micro_gemv.c, for GEMM as well --- */

/* Bytes that rotating copies of the matrices of the model take; part of the plan for memory. */
size_t mw_micro_gemv_bytes(const mw_micro *micro);

/* Makes a new task one of a kernel over `rows` rows of a matrix of the model: sizes, room for the vectors and for the
 * weights, so many copies of which that they come from memory if `dram`, and the columns of results.csv. */
void mw_micro_set_matrix(mw_micro_task *task, const mw_kernel *kernel, size_t rows, size_t cols, size_t tokens,
                         bool dram);

/* Checks the kernel of such a task, once, and takes memory for its operands; false if mw_gb_skip has been told why not.
 */
bool mw_micro_prepare(mw_gb_state *state, mw_micro_task *task);

/* The copy of the weights whose turn it is. All benchmarks go around together, so that each begins with what was not
 * read for longest. */
const float *mw_micro_next_copy(mw_micro_task *task);

#endif
