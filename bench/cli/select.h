/* Which variants a command line means. */
#ifndef MW_BENCH_SELECT_H
#define MW_BENCH_SELECT_H

#include "bench/run/suite.h"
#include "engine/variant.h"

/* Fills variants[] without repetitions and returns how many, or a negative code: an unknown name or an impossible
 * combination, with a message that lists the choices.
 *
 * --variant: "paper", "native" (the best native kernel), "native-tvl" (that of layout tvl), "all" (every GEMV kernel that
 * this CPU can run, with every load of its layout), or a list.
 * --layout: the best kernel of that layout for this CPU and its NEON one; "mmap" is rowmajor with that load.
 * --kernel: this one, "auto" (the best of the layout) or "all" (every one of the layout). --load overrides the load.
 * Nothing of it: what the suite's entry names, usually paper,native. */
int mw_select(const mw_options *options, mw_variant variants[MW_MAX_VARIANTS], mw_error *err);

#endif
