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
 * system mapped by huge pages stands in a note. */
#ifndef MW_BENCH_MICRO_H
#define MW_BENCH_MICRO_H

#include "bench/run/session.h"

/* Runs the suite that the command line names, with its --benchmark_ flags, on its thread counts, and puts a row for
 * every number into results.csv: the median over the repetitions that Google Benchmark made, `n` of them, with their
 * spread in the note. Benchmarks are chosen by these flags, not by variants. Kernels are checked before they are timed;
 * one that fails is left out, and the call returns -EDOM after the rest. -EINTR after Ctrl-C, -ENOTSUP without Google
 * Benchmark, -ENOMEM if its blocks do not fit into half of the memory that is available, -ENOENT if the filter selects
 * nothing. */
int mw_micro_suite(mw_session *session, const mw_variant *variants, int n, mw_error *err);

/* Shows medians over repetitions with their spread, unless Google Benchmark has shown its own. All of it comes from
 * results.csv. */
void mw_micro_report(const mw_session *session, mw_page *page);

#endif
