/* The roof: how fast the pages that hold a variant's weights can be read at all, by the same threads, each its own
 * share.
 *
 * A kernel is judged only against a roof that was sampled next to it, because the bandwidth of a shared machine can
 * double or halve within minutes, and only over its own pages, because page size and placement decide more than most
 * kernels do. The reads are those of kernels/probe.h: the best of a fixed family (mw_reads). */
#ifndef MW_BENCH_ROOF_H
#define MW_BENCH_ROOF_H

#include "engine/model.h"
#include "kernels/probe.h"
#include "platform/pool.h"

typedef struct mw_roof mw_roof;

/* The roof over what one token sweeps of `weights`. Thread t reads what it reads in the forward pass, tensor by tensor;
 * tensors that stand directly after each other are read as one run. Borrows weights and pool. */
int mw_roof_of_weights(const mw_config *config, const mw_weights *weights, mw_pool *pool, mw_roof **out, mw_error *err);

/* The roof over one block, dealt out evenly. */
int mw_roof_of_block(const void *block, size_t bytes, mw_pool *pool, mw_roof **out, mw_error *err);
void mw_roof_free(mw_roof *roof);

/* The part of what the threads read that lies on another NUMA node than that of the reader (mw_pool_node), by a sample
 * of each thread's pages; NAN where the system does not tell. */
double mw_roof_far(const mw_roof *roof);

/* Bytes of one sweep: whole cache lines. */
uint64_t mw_roof_bytes(const mw_roof *roof);

/* One sweep by member `read` of the family; returns its time in ns. */
double mw_roof_sweep(mw_roof *roof, unsigned read);

/* XOR of all 64-bit words that the last sweep read: it can be proved what that was. */
uint64_t mw_roof_sum(const mw_roof *roof);

/* Chooses among reads[n] the one with the shortest median time, in stages: all of them a few times in random order,
 * then the faster half, until three are left, which go on for longer. Puts the order it found into reads[], the best
 * first. Stops early after Ctrl-C. */
void mw_roof_choose(mw_roof *roof, unsigned *reads, int n, uint64_t seed);

/* The read that was chosen; 0 before. */
unsigned mw_roof_read(const mw_roof *roof);

#endif
