/* The matrix products of a token with weights that stay in the cache: what the kernels cost without memory. */
#ifndef MW_BENCH_CACHED_H
#define MW_BENCH_CACHED_H

#include "bench/units/unit.h"

typedef struct mw_cached mw_cached;

/* Products for the weights, kernels and threads of a unit, which has to outlive it. Each thread multiplies as many rows
 * as in the forward pass, but of each dtype and number of columns always the same few, which fill half of `l2` bytes of
 * cache. *out is owned by the caller. */
int mw_cached_create(const mw_unit *unit, size_t l2, mw_cached **out, mw_error *err);
void mw_cached_free(mw_cached *cached);

/* Operations of all these products: two per weight. */
double mw_cached_flops(const mw_cached *cached);

/* Multiplies once; returns the time in ns. */
uint64_t mw_cached_run(mw_cached *cached);

#endif
