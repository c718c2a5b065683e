/* Pointer chasing: every load's address is the value that the load before it got, so nothing overlaps, and the time for
 * one step is the latency of a load. */
#ifndef MW_BENCH_CHASE_H
#define MW_BENCH_CHASE_H

#include <stddef.h>
#include <stdint.h>

enum { MW_CHASE_LINE = 64 };

/* Lays one random cycle through `block` (on a line): one slot, a pointer to the next, for each whole `stride` of
 * `bytes`. `stride` is a multiple of MW_CHASE_LINE. Slot i stands on line i mod (lines of a stride) of its stride, so
 * that with a stride of one page not all of them fall into one set of a cache. Slot 0 is the first pointer of the
 * block. All cycles are equally likely (Sattolo, "An algorithm to generate a random cyclic permutation", 1986); the
 * same seed gives the same one. Returns the number of slots; with less than one stride there is none and nothing is
 * written. */
size_t mw_chase_build(void *block, size_t bytes, size_t stride, uint64_t seed);

/* Goes `steps` steps on from a slot, the block itself or what an earlier call returned, and returns where it got to. */
const void *mw_chase_run(const void *slot, size_t steps);

#endif
