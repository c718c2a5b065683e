/* Suites `micro` and `roof`: what memory and kernels can do by themselves, measured by Google Benchmark (gbench.h).
 *
 *   ladder/LOOP/SIZE[/huge]/threads:N    the probes' loops over arrays of SIZE, from the first-level cache to memory
 *   latency/line|page/4k|huge/SIZE       one dependent load, lines or pages visited in random order
 *   fork/threads:N                       start an empty function on all threads, wait for all
 *   gemv/KERNEL/ROWSxCOLS/dram|cache     every kernel over the model's matrices, beside the roof of the same pages
 *   gemv/KERNEL/ROWSxCOLS/dram|cache/offset:28  row-major kernels with weights at byte 28 of a line, as in a mapped
 *                                        checkpoint, against the same kernel on a line right after
 *   peak/ISA/threads:N                   fused multiply-adds on registers: what the arithmetic can do
 *   gemm/KERNEL/TOKENSxROWSxCOLS/dram    every GEMM kernel over the model's matrices, beside the peak of its ISA
 *   roof/4k|huge/READ/threads:N          every read of the family, over as much as the model's weights
 *
 * SIZE is that of one array. "4k" is ordinary memory of the heap, whatever its page size; how much of a block the
 * system mapped by huge pages stands in a note. */
#ifndef MW_BENCH_MICRO_H
#define MW_BENCH_MICRO_H

#include "bench/run/session.h"

typedef enum mw_micro_section {
    MW_MICRO_LADDER,
    MW_MICRO_LATENCY,
    MW_MICRO_FORK,
    MW_MICRO_GEMV,
    MW_MICRO_OFFSET,
    MW_MICRO_PEAK,
    MW_MICRO_GEMM,
    MW_MICRO_ROOF
} mw_micro_section;

/* The longest name of a line of a table. */
enum { MW_MICRO_LINE = 40 };

/* One benchmark. */
typedef struct mw_micro_bench {
    mw_micro_section section;
    char name[80];      /* what --benchmark_filter sees */
    const char *suite;  /* "micro" or "roof" */
    const char *kernel; /* of a GEMV or GEMM; else "probe", "chase", "fork" or "peak" */
    const char *layout; /* of a GEMV or GEMM; else NULL */
    const char *isa;    /* the kernel's or the peak's, or the name of the probe */
    int threads;
    char table[48], line[MW_MICRO_LINE], column[16]; /* where the report shows it */
} mw_micro_bench;

/* One number of one repetition. */
typedef struct mw_micro_row {
    const mw_micro_bench *bench;
    int rep;                   /* from 0 */
    const char *metric, *unit; /* "bandwidth_gbs", "GB/s" */
    double value;              /* NAN: unavailable, the note says why */
    char param[96], note[128]; /* sorted key=value pairs; a remark or "" */
} mw_micro_row;

typedef struct mw_micro_results {
    mw_micro_row *row;
    size_t n, room;
    bool out_of_memory;          /* some row was lost */
    struct mw_micro_task *tasks; /* hold what the rows point to */
} mw_micro_results;

/* Runs the suite `micro`, or `roof` alone, under the flags that mw_gb_flags set, on the thread counts of the command
 * line. Kernels are checked before they are timed; one that fails is left out, and the call returns -EDOM after the
 * rest. -EINTR after Ctrl-C, -ENOTSUP without Google Benchmark, -ENOMEM if its blocks do not fit into half of the
 * memory that is available, -ENOENT if the filter selects nothing. *results is released by mw_micro_free in any case.
 */
int mw_micro_suite(mw_session *session, bool roof_only, mw_micro_results *results, mw_error *err);
void mw_micro_free(mw_micro_results *results);

/* Prints medians over repetitions with their spread, in tables of at most 80 columns. */
void mw_micro_report(const mw_micro_results *results, FILE *to);

#endif
